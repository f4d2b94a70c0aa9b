import type { JobLogLine } from '@capstan/contract/work'
import { isoTime } from '../../lib/clock.ts'
import { decodeCursor } from '../../lib/cursor.ts'
import { ENDED_STATES, type Job } from '../../services/jobs/domain/job.ts'
import type { JobFilter } from '../../services/jobs/domain/job-filter.ts'
import {
  LOG_INFO_LINES_MAX,
  LOG_LINES_MAX,
  type JobCount,
  type JobList,
  type JobLog,
  type JobPage,
  type NewLogLine,
} from '../../services/jobs/ports/job-list.ts'
import { all, first, run, statement, type SqlDatabase } from './database.ts'
import { toJob, type JobRow } from './job-rows.ts'
import { after, containing, equals, marks, ofAccount, oneOf, orderBy, orderOf, pageOf, select, type Condition } from './listing.ts'

type LogRow = { line: number; at_ms: number; attempt: number; level: string; message: string; facts: string | null }

const SORT_COLUMNS = { number: 'number', priority: 'priority', readyAt: 'ready_at_ms' } as const

export class SqlJobList implements JobList {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async find(accountId: number, ref: string | number): Promise<Job | null> {
    const column = typeof ref === 'number' ? 'number' : 'id'
    const row = await this.#database.read(() =>
      first<JobRow>(statement(`select * from jobs_job where account_id = ? and ${column} = ?`, [accountId, ref])),
    )
    return row && toJob(row)
  }

  async list(accountId: number, page: JobPage): Promise<{ items: Job[]; nextCursor: string | null }> {
    const order = orderOf(SORT_COLUMNS, page.sort)
    const conditions = [...where(accountId, page.filter), ...after(page, order)]
    const rows = await this.#database.read(
      () => select<JobRow>('select * from jobs_job', conditions, { order: orderBy(order), limit: page.limit + 1 }),
      { mayBeStale: true },
    )
    return pageOf(page.sort, rows, page.limit, { at: (last) => ({ key: last[order.column], id: last.number }), item: toJob })
  }

  async numbers(accountId: number, filter: JobFilter, afterNumber: number, limit: number): Promise<number[]> {
    const conditions = [...where(accountId, filter), { sql: 'number > ?', parameters: [afterNumber] }]
    const rows = await this.#database.read(() =>
      select<{ number: number }>('select number from jobs_job', conditions, { order: 'number', limit }),
    )
    return rows.map(({ number }) => number)
  }

  async ofRun(accountId: number, runId: string): Promise<Job[]> {
    const sql = 'select * from jobs_job where account_id = ? and run_id = ? order by number'
    return (await this.#database.read(() => all<JobRow>(statement(sql, [accountId, runId])))).map(toJob)
  }

  async counts(): Promise<JobCount[]> {
    const sql = `select kind, pool, state, count(*) as jobs, min(ready_at_ms) as oldest from jobs_job where state not in (${marks(ENDED_STATES)}) group by kind, pool, state`
    type CountRow = { kind: string; pool: string; state: Job['state']; jobs: number; oldest: number }
    const rows = await this.#database.read(() => all<CountRow>(statement(sql, ENDED_STATES)), { mayBeStale: true })
    return rows.map(({ kind, pool, state, jobs, oldest }) => ({ kind, pool, state, count: jobs, oldestReadyAtMs: oldest }))
  }
}

const where = (accountId: number, { states, kinds, pools, runId, assetId, quota, text }: JobFilter): Condition[] => [
  ofAccount(accountId),
  ...oneOf('state', states),
  ...oneOf('kind', kinds),
  ...oneOf('pool', pools),
  ...equals('run_id', runId),
  ...equals('asset_id', assetId),
  ...equals('quota', quota),
  ...containing(['asset', 'why', 'kind'], text),
]

export class SqlJobLog implements JobLog {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async append(accountId: number, jobNumber: number, lines: readonly NewLogLine[]): Promise<void> {
    if (lines.length === 0) return
    await this.#database.write(function* () {
      const kept = yield* first<{ last: number | null }>(
        statement('select max(line) as last from jobs_log where job_number = ?', [jobNumber]),
      )
      let line = kept?.last ?? 0
      for (const { atMs, attempt, level, message, facts } of lines) {
        if (line >= (level === 'info' ? LOG_INFO_LINES_MAX : LOG_LINES_MAX)) continue
        line += 1
        yield* run(
          statement(
            'insert into jobs_log (job_number, line, account_id, at_ms, attempt, level, message, facts) values (?, ?, ?, ?, ?, ?, ?, ?)',
            [jobNumber, line, accountId, atMs, attempt, level, message, facts && JSON.stringify(facts)],
          ),
        )
      }
    })
  }

  async read(
    accountId: number,
    jobNumber: number,
    page: { limit: number; cursor: string | null },
  ): Promise<{ items: JobLogLine[]; nextCursor: string | null }> {
    const sql =
      'select line, at_ms, attempt, level, message, facts from jobs_log where job_number = ? and account_id = ? and line > ? order by line limit ?'
    const afterLine = page.cursor === null ? 0 : decodeCursor(page.cursor, 'line').id
    const rows = await this.#database.read(() => all<LogRow>(statement(sql, [jobNumber, accountId, afterLine, page.limit + 1])))
    return pageOf('line', rows, page.limit, { at: ({ line }) => ({ key: line, id: line }), item: toLine })
  }
}

const toLine = (row: LogRow): JobLogLine => ({
  at: isoTime(row.at_ms),
  attempt: row.attempt,
  level: row.level as JobLogLine['level'],
  message: row.message,
  facts: row.facts === null ? null : (JSON.parse(row.facts) as Record<string, unknown>),
})
