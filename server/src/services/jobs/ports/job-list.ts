import type { JobLogLine, JobState } from '@capstan/contract/work'
import type { JobFilter, JobSort } from '../domain/job-filter.ts'
import type { Job } from '../domain/job.ts'

export type JobPage = Readonly<{ filter: JobFilter; sort: JobSort; limit: number; cursor: string | null }>
export type JobCount = Readonly<{ kind: string; pool: string; state: JobState; count: number; oldestReadyAtMs: number }>
export type NewLogLine = Readonly<Omit<JobLogLine, 'at'> & { atMs: number }>

/** Looking at jobs; the latest committed state. */
export interface JobList {
  /** By id or by the number that people see. */
  find(accountId: number, ref: string | number): Promise<Job | null>
  /** Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: JobPage): Promise<{ items: Job[]; nextCursor: string | null }>
  /** The numbers of all jobs that match, oldest first, after `afterNumber`. */
  numbers(accountId: number, filter: JobFilter, afterNumber: number, limit: number): Promise<number[]>
  /** Oldest first. */
  ofRun(accountId: number, runId: string): Promise<Job[]>
  /** Jobs that have not ended, by kind and state, over all accounts; for metrics. */
  counts(): Promise<JobCount[]>
}

export const LOG_LINES_MAX = 2_000
/** The rest is kept free for warnings and errors. */
export const LOG_INFO_LINES_MAX = 1_900

/** What jobs said while they ran; at most 2,000 lines a job, the first ones, the last hundred only for warnings and errors. */
export interface JobLog {
  /** Lines that find no room are left out. */
  append(accountId: number, jobNumber: number, lines: readonly NewLogLine[]): Promise<void>
  /** In the order they were said. Throws `invalid` for a cursor of another list. */
  read(
    accountId: number,
    jobNumber: number,
    page: { limit: number; cursor: string | null },
  ): Promise<{ items: JobLogLine[]; nextCursor: string | null }>
}
