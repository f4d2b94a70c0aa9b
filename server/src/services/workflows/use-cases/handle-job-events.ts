import type { EventEnvelope } from '@capstan/contract/events'
import { z } from 'zod'
import type { Clock } from '../../../lib/clock.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError } from '../../../lib/errors.ts'
import type { DefinitionCache } from '../definition-cache.ts'
import type { Command, Outcome } from '../domain/command.ts'
import { decide } from '../domain/decide.ts'
import { runEvent } from '../domain/run-events.ts'
import { parseJobKey, type Run } from '../domain/run.ts'
import type { RunStore } from '../ports/run-store.ts'

export const CONSUMER = 'workflows'
/** The facts of jobs that lead on in a run. */
export const HANDLED_EVENTS = ['job.completed', 'job.failed', 'job.timed_out', 'job.cancelled', 'job.retried'] as const

type Deps = { runs: RunStore; cache: DefinitionCache; clock: Clock; relay: () => void }
type Fact = Readonly<{ eventId: string; outcome: Outcome }>

const TRIES_MAX = 8

const JobFacts = z.object({
  key: z.string(),
  revision: z.int(),
  state: z.string(),
  why: z.string().optional(),
  output: z.record(z.string(), z.unknown()).optional(),
  fault: z.object({ message: z.string() }).optional(),
})

/** Leads runs on by what came of their jobs. Safe to call twice with the same events. */
export const handleJobEvents =
  (deps: Deps) =>
  async (events: readonly EventEnvelope[]): Promise<void> => {
    const byRun = Map.groupBy(
      events.flatMap((event) => factOf(event) ?? []),
      ({ accountId, runId }) => `${accountId} ${runId}`,
    )
    const byAccount = Map.groupBy(byRun.values(), ([first]) => first?.accountId ?? 0)
    for (const [accountId, groups] of byAccount)
      await handleAccount(deps, accountId, new Map(groups.map((facts) => [facts[0]?.runId ?? '', facts])))
  }

async function handleAccount(deps: Deps, accountId: number, factsByRun: ReadonlyMap<string, readonly Fact[]>): Promise<void> {
  const runs = await deps.runs.findMany(accountId, [...factsByRun.keys()])
  const asked = await Promise.all(runs.map((run) => leadOn(deps, run, factsByRun.get(run.id) ?? [])))
  crashAt('after-run-commit')
  if (asked.some(Boolean)) deps.relay()
}

/** Answers whether it asked anything of others. */
async function leadOn(deps: Deps, first: Run, facts: readonly Fact[]): Promise<boolean> {
  let run: Run | null = first
  let fresh = facts
  for (let tries = 1; run; tries += 1) {
    const decided = await decideAll(deps, run, fresh)
    if (!decided) return false
    try {
      await deps.runs.commit(decided.run, run.revision, {
        commands: decided.commands,
        events: decided.events,
        handled: { consumer: CONSUMER, eventIds: decided.eventIds },
      })
      return decided.commands.length > 0
    } catch (error) {
      if (!(error instanceof CapstanError) || !['stale', 'conflict'].includes(error.code) || tries === TRIES_MAX) throw error
      fresh = await unhandled(deps.runs, facts)
      run = await deps.runs.find(first.accountId, first.id)
    }
  }
  return false
}

async function unhandled(runs: RunStore, facts: readonly Fact[]): Promise<Fact[]> {
  const handled = await runs.handled(
    CONSUMER,
    facts.map(({ eventId }) => eventId),
  )
  return facts.filter(({ eventId }) => !handled.has(eventId))
}

/** One decision after the other in memory; null when none changed anything. */
async function decideAll({ cache, clock }: Deps, before: Run, facts: readonly Fact[]) {
  const compiled = await cache.get(before.accountId, before.definitionId)
  const nowMs = clock.now()
  const commands: Command[] = []
  const events: EventEnvelope[] = []
  const eventIds: string[] = []
  let run = before
  for (const { eventId, outcome } of facts) {
    const decision = decide(compiled, run, outcome, nowMs)
    if (!decision) continue
    commands.push(...decision.commands)
    events.push(...decision.events.map((name) => runEvent(name, run, decision.run, nowMs)))
    eventIds.push(eventId)
    run = decision.run
  }
  return eventIds.length === 0 ? null : { run, commands, events, eventIds }
}

function factOf(event: EventEnvelope): (Fact & { accountId: number; runId: string }) | null {
  if (event.runId === null) return null
  const facts = JobFacts.safeParse(event.after)
  const step = facts.success ? parseJobKey(facts.data.key) : null
  if (!facts.success || !step) return null
  const outcome = { ...step, revision: facts.data.revision, result: resultOf(event.name, facts.data) }
  return { eventId: event.id, accountId: event.accountId, runId: event.runId, outcome }
}

function resultOf(name: string, facts: z.infer<typeof JobFacts>): Outcome['result'] {
  if (name === 'job.completed') return { kind: 'completed', output: facts.output ?? {} }
  if (name === 'job.retried') return { kind: 'restarted' }
  return { kind: 'failed', message: facts.fault?.message ?? facts.why ?? 'no reason is known' }
}
