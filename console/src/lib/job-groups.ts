import type { JobView } from '@capstan/contract/work'

export const WAITING = ['created', 'scheduled', 'pending', 'queued', 'waiting_for_lock', 'paused'] as const
export const FAILED = ['failed', 'timed_out', 'in_doubt'] as const
export const ENDED = ['completed', 'failed', 'timed_out', 'cancelled'] as const
const RETRYABLE: readonly string[] = ['failed', 'timed_out', 'cancelled']
const CANCELLABLE: readonly string[] = [...WAITING, 'running']

export const canRetry = ({ state }: JobView): boolean => RETRYABLE.includes(state)
export const canCancel = ({ state }: JobView): boolean => CANCELLABLE.includes(state)

/** How long a job runs, took, or waits, in milliseconds. */
export function jobSpan({ startedAt, endedAt, createdAt }: JobView, nowMs: number): number {
  const from = Date.parse(startedAt ?? createdAt)
  return Math.max(0, (endedAt ? Date.parse(endedAt) : nowMs) - from)
}

/** Numbers and names in a reason differ from job to job: without them, equal causes are equal. */
export const causeOf = ({ fault, why }: JobView): string => fault?.code ?? (why ?? '').replace(/\d+(?:[.,:]\d+)*/g, '…').trim()

export type Cause = { key: string; state: JobView['state']; kind: string; example: JobView; jobs: JobView[] }

/** Jobs with the same state, kind and cause together, the most first. */
export function byCause(jobs: readonly JobView[]): Cause[] {
  const causes = new Map<string, Cause>()
  for (const job of jobs) {
    const key = `${job.state}\n${job.kind}\n${causeOf(job)}`
    const cause = causes.get(key)
    if (cause) cause.jobs.push(job)
    else causes.set(key, { key, state: job.state, kind: job.kind, example: job, jobs: [job] })
  }
  return [...causes.values()].sort((a, b) => b.jobs.length - a.jobs.length)
}

const STATE_WORD = /(?:^|\s)state:(\S+)/

/** The states that a filter names; empty for all. */
export const statesIn = (filter: string): string[] => STATE_WORD.exec(filter)?.[1]?.split(',') ?? []

/** The filter with other states; none leaves the word out. */
export const withStates = (filter: string, states: readonly string[]): string =>
  [filter.replace(STATE_WORD, '').trim(), states.length > 0 ? `state:${states.join(',')}` : ''].filter(Boolean).join(' ')

const cell = (value: string | number | null | undefined): string => {
  const text = String(value ?? '')
  // A spreadsheet takes a leading =, +, - or @ for a formula, also behind a tab or a line's end.
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}

/** What one sees, as CSV. */
export const jobsCsv = (jobs: readonly JobView[]): string =>
  [
    ['number', 'state', 'kind', 'asset', 'progress', 'attempt', 'created', 'started', 'ended', 'why'].join(','),
    ...jobs.map((job) =>
      [job.number, job.state, job.kind, job.asset?.name, job.progress, job.attempt, job.createdAt, job.startedAt, job.endedAt, job.why]
        .map(cell)
        .join(','),
    ),
  ].join('\r\n')
