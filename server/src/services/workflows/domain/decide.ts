import { CapstanError } from '../../../lib/errors.ts'
import { advance, endIfStuck, endRun, fail, tellParent } from './advance.ts'
import type { Outcome } from './command.ts'
import { nextIds, type CompiledDefinition } from './compiled-definition.ts'
import { Draft, type Decision } from './draft.ts'
import { isEnded, type Run, type UnnumberedRun } from './run.ts'

/*
 * The engine. Pure: (definition, run, what happened) → (run, commands, events). Every function may be asked the same thing again: what is known already
 * changes nothing and answers null. A run fails once nothing of it runs any more, so that a retry repeats only what failed.
 */

/** The first decision about a new run: enters its start. */
export function decideStart(compiled: CompiledDefinition, run: UnnumberedRun, nowMs: number): Decision<UnnumberedRun> {
  const draft = new Draft(compiled, { ...run, revision: 0 }, nowMs)
  draft.events.push('run.started')
  advance(draft, [compiled.startId])
  endIfStuck(draft)
  return draft.decision()
}

/** A step ended, or was started anew by an operator. Null when that is old news or concerns nobody. */
export function decide(compiled: CompiledDefinition, run: Run, outcome: Outcome, nowMs: number): Decision | null {
  const node = run.nodes[outcome.nodeId]
  if (!node || node.visits !== outcome.visit || outcome.revision <= node.seen || run.status === 'cancelled') return null
  const draft = new Draft(compiled, run, nowMs)
  draft.set(outcome.nodeId, { seen: outcome.revision })
  const { result } = outcome
  if (result.kind === 'restarted') return restart(draft, outcome.nodeId)
  if (result.kind === 'failed') return node.status === 'running' ? settleFailed(draft, outcome.nodeId, result.message) : null
  return node.status === 'completed' ? null : settleCompleted(draft, outcome.nodeId, result.output)
}

function settleCompleted(draft: Draft<Run>, nodeId: string, output: Parameters<Draft<Run>['keepOutput']>[1]): Decision {
  const { passed } = draft.node(nodeId)
  if (passed) draft.run.warnings = draft.run.warnings.filter((warning) => warning.nodeId !== nodeId)
  draft.set(nodeId, { status: 'completed', endedAtMs: draft.nowMs, message: null, passed: false })
  draft.keepOutput(nodeId, output)
  if (passed) {
    if (isEnded(draft.run)) draft.events.push('run.amended')
    return draft.decision()
  }
  revive(draft)
  return goOn(draft, nodeId, [nextIds(draft.compiled.nodes.get(nodeId)!)[0]!])
}

function settleFailed(draft: Draft<Run>, nodeId: string, message: string): Decision {
  if (draft.node(nodeId).passed) {
    draft.set(nodeId, { status: 'failed', endedAtMs: draft.nowMs, message })
    return draft.decision()
  }
  return goOn(draft, nodeId, fail(draft, draft.compiled.nodes.get(nodeId)!, message))
}

/** A paused run notes what ended and starts nothing. */
function goOn(draft: Draft<Run>, nodeId: string, next: readonly string[]): Decision {
  if (draft.run.status === 'paused' && next.length > 0) draft.set(nodeId, { held: true })
  else advance(draft, next)
  endIfStuck(draft)
  return draft.decision()
}

/** A failed step's job was retried: the run that failed with it runs again. */
function restart(draft: Draft<Run>, nodeId: string): Decision | null {
  const { status } = draft.node(nodeId)
  if (status !== 'failed' && status !== 'cancelled') return null
  draft.set(nodeId, { status: 'running', endedAtMs: null, message: null })
  if (!draft.node(nodeId).passed) revive(draft)
  return draft.decision()
}

function revive(draft: Draft<Run>): void {
  if (draft.run.status !== 'failed') return
  Object.assign(draft.run, { status: 'running', reason: null, endedAtMs: null })
  draft.events.push('run.retried')
  tellParent(draft)
}

export function decideCancel(compiled: CompiledDefinition, run: Run, byName: string, nowMs: number): Decision {
  if (isEnded(run)) throw refuse(run, 'cancelled', 'it has ended')
  const draft = new Draft(compiled, run, nowMs)
  for (const [id, { status }] of Object.entries(run.nodes))
    if (status === 'running') draft.set(id, { status: 'cancelled', endedAtMs: nowMs })
  draft.commands.push({ type: 'cancel', runId: run.id })
  endRun(draft, 'cancelled', `Cancelled by ${byName}`)
  return draft.decision()
}

export function decidePause(compiled: CompiledDefinition, run: Run, nowMs: number): Decision {
  if (run.status !== 'running') throw refuse(run, 'paused', 'only a running one can be')
  const draft = new Draft(compiled, run, nowMs)
  draft.run.status = 'paused'
  draft.commands.push({ type: 'pause', runId: run.id, paused: true })
  draft.events.push('run.paused')
  return draft.decision()
}

export function decideResume(compiled: CompiledDefinition, run: Run, nowMs: number): Decision {
  if (run.status !== 'paused') throw refuse(run, 'resumed', 'it is not paused')
  const draft = new Draft(compiled, run, nowMs)
  draft.run.status = 'running'
  draft.commands.push({ type: 'pause', runId: run.id, paused: false })
  draft.events.push('run.resumed')
  releaseHeld(draft)
  endIfStuck(draft)
  return draft.decision()
}

/** Goes on from the steps that failed, or were cancelled with the run; each is a new visit, so a new job. */
export function decideRetry(compiled: CompiledDefinition, run: Run, nowMs: number): Decision {
  if (run.status !== 'failed' && run.status !== 'cancelled') throw refuse(run, 'retried', 'only one that failed or was cancelled can be')
  const draft = new Draft(compiled, run, nowMs)
  Object.assign(draft.run, { status: 'running', reason: null, endedAtMs: null })
  draft.events.push('run.retried')
  tellParent(draft)
  const again = Object.entries(run.nodes).filter(([, { status, passed }]) => status === 'cancelled' || (status === 'failed' && !passed))
  advance(
    draft,
    again.map(([id]) => id),
  )
  releaseHeld(draft)
  endIfStuck(draft)
  return draft.decision()
}

function releaseHeld(draft: Draft<Run>): void {
  const held = Object.entries(draft.nodes).filter(([, node]) => node.held)
  for (const [id, { status }] of held) {
    draft.set(id, { held: false })
    const [next, onError] = nextIds(draft.compiled.nodes.get(id)!)
    advance(draft, [status === 'failed' && onError !== undefined ? onError : next!])
  }
}

const refuse = (run: Run, verb: string, hint: string) =>
  new CapstanError('conflict', `run ${run.number} is ${run.status} and cannot be ${verb}: ${hint}`, {
    details: { id: run.id, status: run.status },
  })
