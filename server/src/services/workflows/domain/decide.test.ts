import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { shippedDefinitions } from '../shipped-definitions.ts'
import type { Command, Outcome } from './command.ts'
import { compileDefinition, type CompiledDefinition } from './compiled-definition.ts'
import { decide, decideCancel, decidePause, decideResume, decideRetry, decideStart } from './decide.ts'
import type { Decision } from './draft.ts'
import { parseJobKey, type Run, type UnnumberedRun } from './run.ts'

const NOW = Date.UTC(2026, 0, 1)
type Node = Record<string, unknown> & { id: string; type: string }
const compile = (...nodes: Node[]): CompiledDefinition =>
  compileDefinition(
    WorkflowDefinition.parse({
      name: 'w',
      title: 'W',
      nodes: [{ id: 'start', type: 'start', next: nodes[0]!.id }, ...nodes, { id: 'end', type: 'end' }],
    }),
  )
const action = (id: string, next: string, change = {}): Node => ({ id, type: 'action', action: id, next, ...change })

const begin = (compiled: CompiledDefinition, change: Partial<UnnumberedRun> = {}): Decision => {
  const run: UnnumberedRun = {
    id: 'run',
    accountId: 1,
    key: 'k',
    workflow: 'w',
    version: 1,
    definitionId: 'd',
    status: 'running',
    reason: null,
    warnings: [],
    asset: null,
    startedBy: 'Ann',
    variables: {},
    nodes: {},
    outputs: {},
    outputsLength: 0,
    parent: null,
    depth: 0,
    createdAtMs: NOW,
    endedAtMs: null,
    revision: 0,
    ...change,
  }
  const decision = decideStart(compiled, run, NOW)
  return { ...decision, run: { ...decision.run, number: 1 } }
}
const completed = (nodeId: string, output = {}, revision = 2, visit = 1): Outcome => ({
  nodeId,
  visit,
  revision,
  result: { kind: 'completed', output },
})
const failed = (nodeId: string, revision = 2, visit = 1): Outcome => ({
  nodeId,
  visit,
  revision,
  result: { kind: 'failed', message: 'broke' },
})
const kindsOf = (commands: readonly Command[]) =>
  commands.map((command) => (command.type === 'enqueue' ? command.job.nodeId : command.type))

/** Feeds outcomes one after the other; what changes nothing is passed over. */
function feed(compiled: CompiledDefinition, run: Run, ...outcomes: Outcome[]): Decision {
  let decision: Decision = { run, commands: [], events: [] }
  for (const outcome of outcomes) {
    const next = decide(compiled, decision.run, outcome, NOW)
    if (next) decision = { run: next.run, commands: [...decision.commands, ...next.commands], events: [...decision.events, ...next.events] }
  }
  return decision
}

const forked = compile(
  { id: 'fork', type: 'fork', branches: ['a', 'b'] },
  action('a', 'join', { required: false }),
  action('b', 'join'),
  { id: 'join', type: 'join', next: 'c' },
  action('c', 'end'),
)

describe('the engine', () => {
  test('waits at a join for every branch, whatever their order', () => {
    const { run, commands } = begin(forked)
    expect(kindsOf(commands)).toEqual(['a', 'b'])
    const half = feed(forked, run, completed('b'))
    expect(half.commands).toEqual([])
    expect(half.run.nodes.join).toMatchObject({ status: 'waiting', arrived: 1 })
    expect(kindsOf(feed(forked, half.run, completed('a')).commands)).toEqual(['c'])
  })

  test('goes on without an optional branch that failed, and ends with a warning', () => {
    const { run, events } = feed(forked, begin(forked).run, failed('a'), completed('b'), completed('c'))
    expect(run).toMatchObject({ status: 'completed', warnings: [{ nodeId: 'a', message: 'a: broke' }] })
    expect(events).toEqual(['run.completed'])
  })

  test('fails once nothing runs any more, and a retry repeats only what failed', () => {
    const half = feed(forked, begin(forked).run, failed('b'))
    expect(half.run.status).toBe('running')
    const whole = feed(forked, half.run, completed('a'))
    expect(whole.run).toMatchObject({ status: 'failed', reason: 'b failed: broke' })
    const again = decideRetry(forked, whole.run, NOW)
    expect(kindsOf(again.commands)).toEqual(['b'])
    expect(again.commands[0]).toMatchObject({ job: { key: 'run/b/2/0' } })
    expect(feed(forked, again.run, completed('b', {}, 2, 2), completed('c')).run).toMatchObject({ status: 'completed', warnings: [] })
  })

  test('a failed job that an operator retries brings its run back to life', () => {
    const { run } = feed(forked, begin(forked).run, completed('a'), failed('b', 2))
    const restarted = feed(forked, run, { nodeId: 'b', visit: 1, revision: 3, result: { kind: 'restarted' } })
    expect(restarted.run).toMatchObject({ status: 'running', reason: null, endedAtMs: null })
    expect(restarted.events).toEqual(['run.retried'])
    expect(decide(forked, restarted.run, failed('b', 2), NOW)).toBeNull()
    expect(decide(forked, restarted.run, { nodeId: 'b', visit: 1, revision: 3, result: { kind: 'restarted' } }, NOW)).toBeNull()
    expect(decide(forked, restarted.run, failed('b', 3), NOW)).toBeNull()
    expect(kindsOf(feed(forked, restarted.run, completed('b', {}, 5)).commands)).toEqual(['c'])
  })

  test('a warning goes when its step is retried with success after the run has ended', () => {
    const { run } = feed(forked, begin(forked).run, failed('a'), completed('b'), completed('c'))
    const amended = feed(forked, run, { nodeId: 'a', visit: 1, revision: 3, result: { kind: 'restarted' } }, completed('a', {}, 5))
    expect(amended.run).toMatchObject({ status: 'completed', warnings: [] })
    expect(amended.events).toEqual(['run.amended'])
    expect(amended.commands).toEqual([])
  })

  test('an error transition replaces failing', () => {
    const compiled = compile(action('a', 'end', { onError: 'mend' }), action('mend', 'end'))
    expect(kindsOf(feed(compiled, begin(compiled).run, failed('a')).commands)).toEqual(['mend'])
  })

  test('decides by what steps answered, and keeps their warnings', () => {
    const compiled = compile(
      action('probe', 'kind'),
      {
        id: 'kind',
        type: 'decision',
        branches: [{ name: 'film', when: 'output.probe.kind == "video" && run.variables.wanted && asset.width > 100.0', next: 'a' }],
        otherwise: 'end',
      },
      action('a', 'end'),
    )
    const { run } = begin(compiled, { variables: { wanted: true }, asset: { id: 'i', number: 1, name: 'n' } })
    const output = { kind: 'video', asset: { width: 1_920 }, warnings: ['no timecode'] }
    const video = feed(compiled, run, completed('probe', output))
    expect(kindsOf(video.commands)).toEqual(['a'])
    expect(video.run.warnings).toEqual([{ nodeId: 'probe', message: 'probe: no timecode' }])
    expect(feed(compiled, run, completed('probe', { ...output, kind: 'audio' })).run.status).toBe('completed')
    const undecided = feed(compiled, run, completed('probe', {}))
    expect(undecided.run.status).toBe('failed')
    expect(undecided.run.reason).toContain('the condition of branch "film"')
  })

  test('a run variable overrides a setting of the same name', () => {
    const compiled = compile(action('a', 'end', { config: { destination: 'shelf', quality: 1 } }))
    const [command] = begin(compiled, { variables: { destination: 'partner' } }).commands
    expect(command).toMatchObject({ job: { input: { destination: 'partner', quality: 1 } } })
  })

  test('a paused run notes what ended and starts nothing until it goes on', () => {
    const paused = decidePause(forked, begin(forked).run, NOW)
    expect(kindsOf(paused.commands)).toEqual(['pause'])
    const noted = feed(forked, paused.run, completed('a'), completed('b'))
    expect(noted.commands).toEqual([])
    expect(noted.run.status).toBe('paused')
    expect(kindsOf(decideResume(forked, noted.run, NOW).commands)).toEqual(['pause', 'c'])
  })

  test('a cancelled run takes no more news, and can be retried', () => {
    const cancelled = decideCancel(forked, feed(forked, begin(forked).run, completed('a')).run, 'Ann', NOW)
    expect(cancelled.run).toMatchObject({ status: 'cancelled', reason: 'Cancelled by Ann', nodes: { b: { status: 'cancelled' } } })
    expect(decide(forked, cancelled.run, completed('b'), NOW)).toBeNull()
    expect(kindsOf(decideRetry(forked, cancelled.run, NOW).commands)).toEqual(['b'])
    expect(() => decideCancel(forked, cancelled.run, 'Ann', NOW)).toThrow(/cannot be cancelled/)
  })

  test('a sub-workflow is a run of its own that settles its node', () => {
    const compiled = compile({ id: 'sub', type: 'sub-workflow', workflow: 'inner', variables: { x: 1 }, next: 'end' })
    expect(begin(compiled).commands).toEqual([
      {
        type: 'start_run',
        workflow: 'inner',
        key: 'run/sub/1/0',
        variables: { x: 1 },
        asset: null,
        parent: { runId: 'run', nodeId: 'sub', visit: 1 },
        depth: 1,
        startedBy: 'Ann',
      },
    ])
    const inner = compile(action('a', 'end'))
    const child = begin(inner, { parent: { runId: 'p', nodeId: 'sub', visit: 1 }, depth: 1 })
    expect(feed(inner, child.run, completed('a', { n: 1 })).commands).toEqual([
      {
        type: 'settle',
        runId: 'p',
        outcome: { nodeId: 'sub', visit: 1, revision: 2, result: { kind: 'completed', output: { a: { n: 1 }, warnings: [] } } },
      },
    ])
    expect(begin(compiled, { depth: 10 }).run).toMatchObject({ status: 'failed' })
  })

  test('a circle ends in a clear failure', () => {
    const compiled = compile({ id: 'a', type: 'decision', branches: [{ name: 'never', when: 'false', next: 'end' }], otherwise: 'a' })
    expect(begin(compiled).run).toMatchObject({ status: 'failed' })
  })
})

describe('whatever happens, in whatever order and however often', () => {
  const shipped = shippedDefinitions().map(compileDefinition)
  const kinds = ['video', 'audio', 'image', 'document', 'other']

  /** Plays a game often: some definition, some kind of asset, and dice. */
  const play = (games: number, game: (compiled: CompiledDefinition, kind: string, roll: (sides: number) => number) => void) =>
    fc.assert(
      fc.property(
        fc.constantFrom(...shipped, forked),
        fc.constantFrom(...kinds),
        fc.infiniteStream(fc.nat(1_000)),
        (compiled, kind, dice) => game(compiled, kind, (sides) => (dice.next().value as number) % sides),
      ),
      { numRuns: games },
    )

  /** Plays a run to its end: any pending step next, any fate, any news told again any time. */
  test('a run comes to one end, each step is asked for once, and old news changes nothing', () => {
    play(300, (compiled, kind, roll) => {
      const first = begin(compiled)
      let { run } = first
      const told: Outcome[] = []
      const pending = [...first.commands]
      const keys = new Set<string>()
      let ends = 0
      while (pending.length > 0) {
        const [command] = pending.splice(roll(pending.length), 1)
        if (command?.type !== 'enqueue') continue
        expect(keys.has(command.job.key)).toBe(false)
        keys.add(command.job.key)
        const step = parseJobKey(command.job.key)!
        const outcome: Outcome = {
          ...step,
          revision: 3,
          result: roll(4) === 0 ? { kind: 'failed', message: 'broke' } : { kind: 'completed', output: { kind } },
        }
        told.push(outcome)
        for (const news of [outcome, told[roll(told.length)]!, outcome]) {
          const decision = decide(compiled, run, news, NOW)
          if (!decision) continue
          run = decision.run
          pending.push(...decision.commands)
          ends += decision.events.filter((name) => name === 'run.completed' || name === 'run.failed').length
        }
        for (const news of told) expect(decide(compiled, run, news, NOW)).toBeNull()
      }
      expect(ends).toBe(1)
      expect(['completed', 'failed']).toContain(run.status)
      const requiredFailed = Object.values(run.nodes).some(({ status, passed }) => status === 'failed' && !passed)
      expect(run.status).toBe(requiredFailed ? 'failed' : 'completed')
    })
  })

  test('pausing, resuming and retrying at any moment loses no step', () => {
    play(200, (compiled, kind, roll) => {
      const first = begin(compiled)
      let { run } = first
      const pending = [...first.commands]
      const take = (decision: Decision) => {
        run = decision.run
        pending.push(...decision.commands)
      }
      for (let steps = 0; run.status !== 'completed' && steps < 400; steps += 1) {
        if (run.status === 'running' && roll(5) === 0) take(decidePause(compiled, run, NOW))
        else if (run.status === 'paused' && roll(2) === 0) take(decideResume(compiled, run, NOW))
        else if (run.status === 'failed') take(decideRetry(compiled, run, NOW))
        const [command] = pending.splice(roll(Math.max(1, pending.length)), 1)
        if (command?.type !== 'enqueue') continue
        const result: Outcome['result'] = roll(6) === 0 ? { kind: 'failed', message: 'broke' } : { kind: 'completed', output: { kind } }
        const decision = decide(compiled, run, { ...parseJobKey(command.job.key)!, revision: 3, result }, NOW)
        if (decision) take(decision)
      }
      expect(run.status).toBe('completed')
    })
  })
})
