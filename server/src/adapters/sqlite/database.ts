import { renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { CapstanError } from '../../lib/errors.ts'
import { crashAt } from '../../lib/crash-points.ts'
import { makePrivateFile } from './private-file.ts'
import type { SqlDatabase, Statement, StatementResult, Unit } from '../sql/database.ts'

type Prepared = { statement: StatementSync; returnsRows: boolean }
type Pending = { unit: () => Unit<unknown>; resolve: (value: never) => void; reject: (error: unknown) => void }

const UNITS_PER_COMMIT_MAX = 256
const PREPARED_MAX = 1_000

/** The embedded database: one writer, many units in one commit, promises that resolve after the fsync (WAL, synchronous FULL). */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = 'sqlite'
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()
  readonly #listeners: (() => void)[] = []
  #queue: Pending[] = []
  #scheduled = false
  #hasEvents = false
  #closed = false

  constructor(path: string) {
    makePrivateFile(path)
    this.#db = new DatabaseSync(path, { timeout: 5_000 })
    this.#db.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -32000',
    )
    // What is replaced or deleted is overwritten where that costs no reading: a password hash or a secret that was replaced is gone.
    this.#db.exec('pragma secure_delete = fast')
    // Ten times SQLite's default: checkpoints cost more than all else under load (60 % of the time of the engine bench against 38 %).
    this.#db.exec('pragma wal_autocheckpoint = 10000; pragma journal_size_limit = 67108864')
  }

  write<T>(unit: () => Unit<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new CapstanError('unavailable', 'the database is closed'))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ unit, resolve, reject })
      this.#schedule()
    })
  }

  read<T>(unit: () => Unit<T>): Promise<T> {
    return new Promise((resolve) => resolve(this.#readNow(unit)))
  }

  #readNow<T>(unit: () => Unit<T>): T {
    try {
      return this.#run(unit())
    } catch (error) {
      throw translate(error)
    }
  }

  onEvents(listener: () => void): void {
    this.#listeners.push(listener)
  }

  markEvents(): void {
    this.#hasEvents = true
  }

  /** Runs a script of several statements, outside any unit; for migrations. */
  script(sql: string): void {
    this.#db.exec(sql)
  }

  /** A consistent copy of the database in `path`, made while it is in use; for its owner alone, and whole once it is there. */
  copyTo(path: string): void {
    const aside = `${path}.partial`
    rmSync(aside, { force: true })
    makePrivateFile(aside)
    this.#db.prepare('vacuum into ?').run(aside)
    renameSync(aside, path)
  }

  /** A consistent copy in `path`, page by page in the background while the database is in use. */
  async backupTo(path: string): Promise<void> {
    await backup(this.#db, path)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    while (this.#queue.length > 0) this.#flush()
    this.#closed = true
    this.#prepared.clear()
    this.#db.close()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    const batch = this.#queue.splice(0, UNITS_PER_COMMIT_MAX)
    if (this.#queue.length > 0) this.#schedule()
    if (batch.length === 0) return
    const settle: (() => void)[] = []
    try {
      this.#db.exec('begin immediate')
      for (const pending of batch) settle.push(this.#runPending(pending))
      // What listeners write in answer to events (moving them to the history) joins this commit: it saves one fsync a hop.
      this.#tellListeners()
      const answers = this.#queue.splice(0, UNITS_PER_COMMIT_MAX)
      batch.push(...answers)
      for (const pending of answers) settle.push(this.#runPending(pending))
      crashAt('before-commit')
      this.#db.exec('commit')
      crashAt('after-commit')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      this.#hasEvents = false
      const reason = translate(error)
      for (const { reject } of batch) reject(reason)
      return
    }
    for (const done of settle) done()
    // The answers may have appended events themselves.
    this.#tellListeners()
  }

  /** Each unit has a savepoint of its own: one that throws takes nothing of its neighbours with it. */
  #runPending({ unit, resolve, reject }: Pending): () => void {
    this.#exec('savepoint unit')
    try {
      const value = this.#run(unit())
      this.#exec('release unit')
      return () => resolve(value as never)
    } catch (error) {
      // A full disk or an I/O error may have rolled back the whole transaction; then nobody of this batch is safe.
      if (!this.#db.isTransaction) throw error
      this.#exec('rollback to unit')
      this.#exec('release unit')
      return () => reject(translate(error))
    }
  }

  #run<T>(unit: Unit<T>): T {
    let step = unit.next()
    while (!step.done) {
      let result: StatementResult
      try {
        result = this.#execute(step.value)
      } catch (error) {
        step = unit.throw(translate(error))
        continue
      }
      step = unit.next(result)
    }
    return step.value
  }

  #execute({ sql, parameters }: Statement): StatementResult {
    const prepared = this.#prepare(sql)
    const values = parameters.map(toSqlValue)
    if (prepared.returnsRows) return { rows: prepared.statement.all(...values), changes: 0 }
    return { rows: [], changes: Number(prepared.statement.run(...values).changes) }
  }

  #exec(sql: string): void {
    this.#prepare(sql).statement.run()
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known) return known
    if (this.#prepared.size >= PREPARED_MAX) this.#prepared.clear()
    const statement = this.#db.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    this.#prepared.set(sql, prepared)
    return prepared
  }

  #tellListeners(): void {
    if (!this.#hasEvents) return
    this.#hasEvents = false
    for (const listener of this.#listeners) listener()
  }
}

function toSqlValue(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) return null
  return value as SQLInputValue
}

const SQLITE_FULL = 13
const SQLITE_IOERR = 10
const SQLITE_CONSTRAINT = 19

function translate(error: unknown): unknown {
  if (error instanceof CapstanError) return error
  const errcode = (error as { errcode?: number } | null)?.errcode
  if (errcode === undefined) return error
  const primary = errcode & 0xff
  if (primary === SQLITE_FULL || primary === SQLITE_IOERR)
    return new CapstanError('no_space', 'the database could not be written: is the disk full?', { cause: error })
  if (primary === SQLITE_CONSTRAINT && /unique|primary key/i.test((error as Error).message))
    return new CapstanError('conflict', 'it exists already', { cause: error })
  return error
}

/** Throws `invalid` when the file is no whole database of Capstan. */
export function checkSqliteFile(path: string): void {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { readOnly: true })
    const rows = database.prepare('pragma quick_check').all() as { quick_check: string }[]
    if (rows[0]?.quick_check !== 'ok') throw new Error(String(rows[0]?.quick_check))
    database.prepare('select count(*) from schema_migration').get()
  } catch (cause) {
    throw new CapstanError('invalid', `this database is damaged: ${(cause as Error).message}`, { cause })
  } finally {
    database?.close()
  }
}
