import type { Clock } from '../../../lib/clock.ts'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { DefinitionCache } from '../definition-cache.ts'
import type { CompiledDefinition } from '../domain/compiled-definition.ts'
import type { Decision } from '../domain/draft.ts'
import { runEvent } from '../domain/run-events.ts'
import type { Run } from '../domain/run.ts'
import type { RunStore } from '../ports/run-store.ts'

export type ChangeRunDeps = { runs: RunStore; cache: DefinitionCache; clock: Clock; relay: () => void }
export type DecideRun = (compiled: CompiledDefinition, run: Run, nowMs: number) => Decision | null

const TRIES_MAX = 8

/** Loads a run, decides, commits; again from the start when another was faster. A decision of null leaves the run as it is. Throws `not_found`. */
export async function changeRun(
  { runs, cache, clock, relay }: ChangeRunDeps,
  by: Principal,
  ref: string | number,
  decide: DecideRun,
): Promise<Run> {
  authorise(by, 'operate')
  for (let tries = 1; ; tries += 1) {
    const run = await runs.find(by.accountId, ref)
    if (!run) throw notFound('run', ref)
    const nowMs = clock.now()
    const decision = decide(await cache.get(by.accountId, run.definitionId), run, nowMs)
    if (!decision) return run
    const events = decision.events.map((name) => runEvent(name, run, decision.run, nowMs, actorOf(by), by.requestId))
    try {
      await runs.commit(decision.run, run.revision, { commands: decision.commands, events })
      if (decision.commands.length > 0) relay()
      return decision.run
    } catch (error) {
      if (!(error instanceof CapstanError) || error.code !== 'stale' || tries === TRIES_MAX) throw error
    }
  }
}
