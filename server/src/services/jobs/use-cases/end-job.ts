import type { Clock } from '../../../lib/clock.ts'
import { eventNameOf, jobEvent } from '../domain/job-events.ts'
import { checkLease, completed, failed, handedBack, type Job } from '../domain/job.ts'
import type { JobOutput } from '../domain/executor.ts'
import type { Fault } from '../domain/fault.ts'
import type { JobQueue } from '../ports/job-queue.ts'

/** How an attempt ended, as its worker saw it. */
export type Outcome = Readonly<{ kind: 'completed'; output: JobOutput } | { kind: 'failed'; fault: Fault } | { kind: 'handed_back' }>

const after = (job: Job, outcome: Outcome, nowMs: number): Job => {
  if (outcome.kind === 'completed') return completed(job, outcome.output, nowMs)
  return outcome.kind === 'failed' ? failed(job, outcome.fault, nowMs) : handedBack(job, nowMs)
}

/** Records how an attempt ended; refused with `conflict` when the lease was lost. Answers the job as it is then. */
export const endJob =
  ({ queue, clock }: { queue: JobQueue; clock: Clock }) =>
  async (number: number, leaseToken: string, outcome: Outcome): Promise<Job | null> => {
    const nowMs = clock.now()
    const [job] = await queue.change([number], (before) => {
      checkLease(before, leaseToken)
      const ended = after(before, outcome, nowMs)
      return { job: ended, events: [jobEvent(eventNameOf(ended), before, ended, nowMs)] }
    })
    return job ?? null
  }
