import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import type { Quota } from '../domain/admission.ts'
import { jobEvent } from '../domain/job-events.ts'
import { delayed, leased, type Job } from '../domain/job.ts'
import type { JobQueue, LeaseDecisions, LeaseRequest } from '../ports/job-queue.ts'

type Deps = { queue: JobQueue; clock: Clock; worker: string; leaseMs: number }

/** Takes ready jobs for a worker, as far as locks and quotas let them start. */
export const leaseJobs =
  ({ queue, clock, worker, leaseMs }: Deps) =>
  (requests: readonly LeaseRequest[], quotas: readonly Quota[]): Promise<Job[]> => {
    const nowMs = clock.now()
    const decisions: LeaseDecisions = {
      take: (before) => {
        const job = leased(before, { token: randomUUID(), worker, untilMs: nowMs + leaseMs }, nowMs)
        return { job, events: [jobEvent('job.started', before, job, nowMs)] }
      },
      delay: (before, obstacle) => {
        const job = delayed(before, obstacle)
        return { job, events: [jobEvent('job.delayed', before, job, nowMs)] }
      },
    }
    return queue.lease(requests, decisions, quotas)
  }
