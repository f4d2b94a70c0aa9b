import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { jobEvent } from '../domain/job-events.ts'
import { leased, type Job } from '../domain/job.ts'
import type { JobQueue, LeaseRequest } from '../ports/job-queue.ts'

type Deps = { queue: JobQueue; clock: Clock; worker: string; leaseMs: number }

/** Takes ready jobs for a worker. */
export const leaseJobs =
  ({ queue, clock, worker, leaseMs }: Deps) =>
  (requests: readonly LeaseRequest[]): Promise<Job[]> => {
    const nowMs = clock.now()
    return queue.lease(requests, (before) => {
      const job = leased(before, { token: randomUUID(), worker, untilMs: nowMs + leaseMs }, nowMs)
      return { job, events: [jobEvent('job.started', before, job, nowMs)] }
    })
  }
