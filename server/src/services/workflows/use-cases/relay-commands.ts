import type { Clock } from '../../../lib/clock.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { isRetried, toCapstanError, type CapstanError, type ErrorCode } from '../../../lib/errors.ts'
import { systemPrincipal } from '../../identity/api.ts'
import type { JobsApi, NewJob } from '../../jobs/api.ts'
import type { Command, Outcome } from '../domain/command.ts'
import { decide, decideCancel, decidePause, decideResume } from '../domain/decide.ts'
import { isEnded, parseJobKey } from '../domain/run.ts'
import type { CommandOutbox, PendingCommand } from '../ports/command-outbox.ts'
import { changeRun, type ChangeRunDeps, type DecideRun } from './change-run.ts'
import { startRun, type StartDeps } from './start-run.ts'

export type RelayDeps = ChangeRunDeps & StartDeps & { commands: CommandOutbox; jobs: JobsApi; clock: Clock }

const BATCH = 500

/** Told about a command that was given up, because no repetition would ever let it through. */
export type SetAside = (error: CapstanError, command: Command) => void

/** Who the engine is when it leads runs on by itself. */
/** What a run may do was decided when it was started. */
const engine = (accountId: number) => systemPrincipal(accountId, 'Workflows', ['operate', 'publish'])

/**
 * Hands the pending commands on, oldest first, and removes them: at least once, so every receiver takes the same command twice. Answers how many.
 * Throws when a receiver is away; nothing is lost then.
 */
export const relayCommands = (deps: RelayDeps) => async (): Promise<number> => {
  const pending = await deps.commands.pending(BATCH)
  for (const batch of batches(pending)) await relayBatch(deps, batch)
  crashAt('after-enqueue')
  await deps.commands.remove(pending.map(({ number }) => number))
  return pending.length
}

/** Gives up the first command that fails for a reason of its own; one that fails because a receiver is away, or the disk full, stays. */
export const setAsideFirst = (deps: RelayDeps, told: SetAside) => async (): Promise<void> => {
  for (const one of await deps.commands.pending(BATCH)) {
    try {
      await relayBatch(deps, [one])
    } catch (thrown) {
      const error = toCapstanError(thrown)
      if (PASSING.has(error.code)) return
      told(error, one.command)
    }
    await deps.commands.remove([one.number])
  }
}

const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'timeout', 'rate_limited', 'no_space', 'stale'])

/** Neighbouring jobs go together. */
function batches(pending: readonly PendingCommand[]): PendingCommand[][] {
  const all: PendingCommand[][] = []
  for (const command of pending) {
    const last = all.at(-1)
    if (command.command.type === 'enqueue' && last?.[0]?.command.type === 'enqueue') last.push(command)
    else all.push([command])
  }
  return all
}

async function relayBatch(deps: RelayDeps, batch: readonly PendingCommand[]): Promise<void> {
  const jobs = batch.flatMap(({ command }) => (command.type === 'enqueue' ? [command.job] : []))
  if (jobs.length === 0) return Promise.all(batch.map((one) => relayOne(deps, one))).then(() => {})
  try {
    await deps.jobs.enqueue(jobs)
  } catch (error) {
    if (isRetried(toCapstanError(error).code)) throw error
    // One of them is refused for good: find out which, and let the others through.
    for (const job of jobs) await enqueueOne(deps, job)
  }
}

async function enqueueOne(deps: RelayDeps, job: NewJob): Promise<void> {
  try {
    await deps.jobs.enqueue([job])
  } catch (error) {
    const { code, message } = toCapstanError(error)
    const step = parseJobKey(job.key)
    if (isRetried(code) || !step || job.runId === null) throw error
    await settle(deps, job.accountId, job.runId, { ...step, revision: 1, result: { kind: 'failed', message } })
  }
}

async function relayOne(deps: RelayDeps, { accountId, command }: PendingCommand): Promise<void> {
  if (command.type === 'settle') return settle(deps, accountId, command.runId, command.outcome)
  if (command.type === 'start_run') return startSubRun(deps, accountId, command)
  if (command.type === 'cancel') {
    await deps.jobs.cancelRun(accountId, command.runId)
    return toChildren(deps, accountId, command.runId, (compiled, run, nowMs) =>
      isEnded(run) ? null : decideCancel(compiled, run, 'the run that started it', nowMs),
    )
  }
  if (command.type !== 'pause') return
  const { paused } = command
  await deps.jobs.pauseRun(accountId, command.runId, paused)
  await toChildren(deps, accountId, command.runId, (compiled, run, nowMs) => {
    if (paused) return run.status === 'running' ? decidePause(compiled, run, nowMs) : null
    return run.status === 'paused' ? decideResume(compiled, run, nowMs) : null
  })
}

async function settle(deps: RelayDeps, accountId: number, runId: string, outcome: Outcome): Promise<void> {
  await ignoringMissing(changeRun(deps, engine(accountId), runId, (compiled, run, nowMs) => decide(compiled, run, outcome, nowMs)))
}

async function startSubRun(deps: RelayDeps, accountId: number, command: Extract<Command, { type: 'start_run' }>): Promise<void> {
  const { workflow, key, variables, asset, parent, depth, startedBy } = command
  try {
    await startRun(deps)(engine(accountId), { workflow, key, variables, asset }, { parent, depth, startedBy })
  } catch (error) {
    const { code, message } = toCapstanError(error)
    if (isRetried(code)) throw error
    await settle(deps, accountId, parent.runId, {
      nodeId: parent.nodeId,
      visit: parent.visit,
      revision: 1,
      result: { kind: 'failed', message },
    })
  }
}

async function toChildren(deps: RelayDeps, accountId: number, runId: string, decideChild: DecideRun): Promise<void> {
  for (const child of await deps.runs.openChildren(accountId, runId)) await changeRun(deps, engine(accountId), child, decideChild)
}

/** A run that was pruned meanwhile needs no news. */
async function ignoringMissing(change: Promise<unknown>): Promise<void> {
  await change.catch((error: unknown) => {
    if (toCapstanError(error).code !== 'not_found') throw error
  })
}
