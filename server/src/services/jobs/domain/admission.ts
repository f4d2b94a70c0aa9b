import type { Job, Obstacle } from './job.ts'

/** At most so many jobs of an action or a workflow run at once in an account; more are pending. Another service keeps them. */
export type Quota = Readonly<{ accountId: number; scope: 'action' | 'workflow'; name: string; maxRunning: number }>

/** The job that has a lock, or that is first in its line. */
export type LockHolder = Readonly<Pick<Job, 'number' | 'kind' | 'state' | 'priority' | 'readyAtMs'>>

/** As a pending job names it; those of actions sort before those of workflows. */
const quotaName = ({ scope, name }: Pick<Quota, 'scope' | 'name'>): string => `${scope}:${name}`

/** In this order a job gathers what it needs: lock, quota of the workflow, quota of the action. */
const quotasOf = ({ kind, workflow }: Pick<Job, 'kind' | 'workflow'>): string[] => [
  ...(workflow === null ? [] : [quotaName({ scope: 'workflow', name: workflow })]),
  quotaName({ scope: 'action', name: kind }),
]

const keyOf = (accountId: number, quota: string): string => `${accountId} ${quota}`

/** What a pending job has passed already, and keeps while it waits for the rest. */
const keptBy = (job: Job): string[] => (job.quota === null ? [] : quotasOf(job).slice(0, quotasOf(job).indexOf(job.quota)))

/** Which of two jobs goes first. */
export const byTurn = (a: LockHolder, b: LockHolder): number => b.priority - a.priority || a.readyAtMs - b.readyAtMs || a.number - b.number

const isAhead = (other: LockHolder, job: Job): boolean =>
  other.number !== job.number && (other.state !== 'waiting_for_lock' || byTurn(other, job) < 0)

export const lockWords = ({ number, kind }: Pick<Job, 'number' | 'kind'>): string =>
  `Waits for job ${number} (${kind}), which has its lock. It goes on by itself when that job ends.`

function quotaWords(quota: string): string {
  const [scope = '', ...name] = quota.split(':')
  return `Waits for its turn: the quota of the ${scope} "${name.join(':')}" is used up. It goes on by itself when there is room again.`
}

/**
 * Decides in one lease which of the ready jobs may start. A job takes what it needs in one order and keeps what it has while it waits for the rest: so
 * nobody waits in a circle, and nobody is overtaken for ever.
 */
export class Admission {
  readonly #max: ReadonlyMap<string, number>
  readonly #used = new Map<string, number>()

  constructor(quotas: readonly Quota[]) {
    this.#max = new Map(quotas.map((quota) => [keyOf(quota.accountId, quotaName(quota)), quota.maxRunning]))
  }

  /** Jobs that run already. */
  countRunning(like: Pick<Job, 'accountId' | 'kind' | 'workflow'>, jobs: number): void {
    for (const quota of quotasOf(like)) this.#use(like.accountId, quota, jobs)
  }

  /** Pending jobs that have passed the quota of their workflow. */
  countPassed(accountId: number, workflow: string, jobs: number): void {
    this.#use(accountId, quotaName({ scope: 'workflow', name: workflow }), jobs)
  }

  /** How many more jobs the quota lets start; one that exists no more hinders nobody. */
  room(accountId: number, quota: string): number {
    const key = keyOf(accountId, quota)
    return Math.max(0, (this.#max.get(key) ?? Infinity) - (this.#used.get(key) ?? 0))
  }

  /** Lets the job in, or says what hinders it. `ahead` has its lock or is first in the line for it. What the job passes is taken at once. */
  enter(job: Job, ahead: LockHolder | null): Obstacle | null {
    if (ahead && isAhead(ahead, job)) return { state: 'waiting_for_lock', quota: null, why: lockWords(ahead) }
    const kept = keptBy(job)
    for (const quota of quotasOf(job)) {
      if (kept.includes(quota)) continue
      if (this.room(job.accountId, quota) === 0) return { state: 'pending', quota, why: quotaWords(quota) }
      this.#use(job.accountId, quota, 1)
    }
    return null
  }

  #use(accountId: number, quota: string, jobs: number): void {
    const key = keyOf(accountId, quota)
    this.#used.set(key, (this.#used.get(key) ?? 0) + jobs)
  }
}
