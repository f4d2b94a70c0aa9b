import type { JobState } from '@capstan/contract/work'
import { isEnded, type Job } from './domain/job.ts'
import type { JobQueue } from './ports/job-queue.ts'

export type EndedCount = Readonly<{ kind: string; state: JobState; count: number }>

/** Counts the jobs that end by changes through this queue, since the process began; for metrics. */
export function countEnded(queue: JobQueue): { queue: JobQueue; counts: () => EndedCount[] } {
  const counts = new Map<string, EndedCount>()
  const note = ({ kind, state }: Job) => {
    const key = `${state} ${kind}`
    counts.set(key, { kind, state, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return {
    queue: {
      enqueue: (jobs, created) => queue.enqueue(jobs, created),
      lease: (requests, decisions, quotas) => queue.lease(requests, decisions, quotas),
      renew: (leases, untilMs) => queue.renew(leases, untilMs),
      expired: (nowMs, worker, limit) => queue.expired(nowMs, worker, limit),
      prune: (endedBeforeMs, limit) => queue.prune(endedBeforeMs, limit),
      change: async (numbers, decide) => {
        // A transaction that is repeated decides anew.
        const ended = new Map<number, boolean>()
        const jobs = await queue.change(numbers, (before) => {
          const change = decide(before)
          ended.set(before.number, !isEnded(before) && change !== null && isEnded(change.job))
          return change
        })
        for (const job of jobs) if (ended.get(job.number)) note(job)
        return jobs
      },
    },
    counts: () => [...counts.values()],
  }
}
