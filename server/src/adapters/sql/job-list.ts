import type { JobLogLine } from '@capstan/contract/work'
import { isoTime } from '../../lib/clock.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { ENDED_STATES, type Job } from '../../services/jobs/domain/job.ts'
import type { JobFilter, JobSort } from '../../services/jobs/domain/job-filter.ts'
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

type Condition = { sql: string; parameters: unknown[] }
type LogRow = { line: number; at_ms: number; attempt: number; level: string; message: string; facts: string | null }

const SORT_COLUMNS = { number: 'number', priority: 'priority', readyAt: 'ready_at_ms' } as const
const OPEN_STATES = ENDED_STATES.map(() => '?').join(', ')

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
    const { column, descending } = parseSort(page.sort)
    const conditions = [...where(accountId, page.filter), ...after(page, column, descending)]
    const direction = descending ? 'desc' : 'asc'
    const order = column === 'number' ? `number ${direction}` : `${column} ${direction}, number ${direction}`
    const rows = await this.#select(conditions, order, page.limit + 1)
    const items = rows.slice(0, page.limit)
    const last = items.at(-1)
    const nextCursor = rows.length > page.limit && last ? encodeCursor({ sort: page.sort, key: last[column], id: last.number }) : null
    return { items: items.map(toJob), nextCursor }
  }

  async numbers(accountId: number, filter: JobFilter, afterNumber: number, limit: number): Promise<number[]> {
    const conditions = [...where(accountId, filter), { sql: 'number > ?', parameters: [afterNumber] }]
    const rows = await this.#select(conditions, 'number', limit, 'number')
    return rows.map(({ number }) => number)
  }

  async ofRun(accountId: number, runId: string): Promise<Job[]> {
    const sql = 'select * from jobs_job where account_id = ? and run_id = ? order by number'
    return (await this.#database.read(() => all<JobRow>(statement(sql, [accountId, runId])))).map(toJob)
  }

  async counts(): Promise<JobCount[]> {
    const sql = `select kind, pool, state, count(*) as jobs, min(ready_at_ms) as oldest from jobs_job where state not in (${OPEN_STATES}) group by kind, pool, state`
    type CountRow = { kind: string; pool: string; state: Job['state']; jobs: number; oldest: number }
    const rows = await this.#database.read(() => all<CountRow>(statement(sql, ENDED_STATES)))
    return rows.map(({ kind, pool, state, jobs, oldest }) => ({ kind, pool, state, count: jobs, oldestReadyAtMs: oldest }))
  }

  #select(conditions: readonly Condition[], order: string, limit: number, columns = '*'): Promise<JobRow[]> {
    const sql = `select ${columns} from jobs_job where ${conditions.map((condition) => condition.sql).join(' and ')} order by ${order} limit ?`
    const parameters = [...conditions.flatMap((condition) => condition.parameters), limit]
    return this.#database.read(() => all<JobRow>(statement(sql, parameters)))
  }
}

function parseSort(sort: JobSort): { column: (typeof SORT_COLUMNS)[keyof typeof SORT_COLUMNS]; descending: boolean } {
  return { column: SORT_COLUMNS[sort.replace('-', '') as keyof typeof SORT_COLUMNS], descending: sort.startsWith('-') }
}

function where(accountId: number, filter: JobFilter): Condition[] {
  const oneOf = (column: string, values: readonly unknown[] | undefined): Condition[] =>
    values ? [{ sql: `${column} in (${values.map(() => '?').join(', ')})`, parameters: [...values] }] : []
  return [
    { sql: 'account_id = ?', parameters: [accountId] },
    ...oneOf('state', filter.states),
    ...oneOf('kind', filter.kinds),
    ...oneOf('pool', filter.pools),
    ...oneOf('run_id', filter.runId === undefined ? undefined : [filter.runId]),
    ...oneOf('asset_id', filter.assetId === undefined ? undefined : [filter.assetId]),
    ...(filter.text === undefined ? [] : [containing(filter.text)]),
  ]
}

/** Case folds only as far as the database's `lower` does; search proper is the search service's. */
function containing(text: string): Condition {
  const pattern = `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`
  const columns = ['asset', 'why', 'kind']
  return {
    sql: `(${columns.map((column) => `lower(coalesce(${column}, '')) like ? escape '!'`).join(' or ')})`,
    parameters: columns.map(() => pattern),
  }
}

function after(page: JobPage, column: string, descending: boolean): Condition[] {
  if (page.cursor === null) return []
  const { key, id } = decodeCursor(page.cursor, page.sort)
  const compare = descending ? '<' : '>'
  if (column === 'number') return [{ sql: `number ${compare} ?`, parameters: [id] }]
  return [{ sql: `(${column} ${compare} ? or (${column} = ? and number ${compare} ?))`, parameters: [key, key, id] }]
}

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
    const shown = rows.slice(0, page.limit)
    const last = shown.at(-1)
    const nextCursor = rows.length > page.limit && last ? encodeCursor({ sort: 'line', key: last.line, id: last.line }) : null
    return { items: shown.map(toLine), nextCursor }
  }
}

const toLine = (row: LogRow): JobLogLine => ({
  at: isoTime(row.at_ms),
  attempt: row.attempt,
  level: row.level as JobLogLine['level'],
  message: row.message,
  facts: row.facts === null ? null : (JSON.parse(row.facts) as Record<string, unknown>),
})
