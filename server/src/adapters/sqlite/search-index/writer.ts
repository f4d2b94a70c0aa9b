import { existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { BOUNDARY } from '../../../services/search/domain/analyse.ts'
import { analyseDocument, type AnalysedDocument, type SearchDocument, type Tombstone } from '../../../services/search/domain/document.ts'
import { TEXT_FIELD_NAMES } from '../../../services/search/domain/fields.ts'
import type { Checkpoint, WriteBatch } from '../../../services/search/ports/search-index.ts'
import { makePrivateFile } from '../private-file.ts'
import { isDamage } from './damage.ts'
import { ACCOUNT_PLACES, INDEX_VERSION, SCHEMA, storedToken } from './schema.ts'
import { factsOf } from './stored-facts.ts'

type Known = { row_id: number; revision: number; gone: number }

/** The one connection that writes. Lives in a thread of its own; every method is synchronous. */
export class IndexWriter {
  readonly #path: string
  #db: DatabaseSync
  #prepared = new Map<string, StatementSync>()
  #slots = new Map<number, { slot: number; places: number }>()

  /** Opens the index; one of another version begins empty, a damaged one is moved aside (to `<path>.damaged`) and begins empty. */
  constructor(path: string) {
    this.#path = path
    this.#db = openOrReplace(path)
  }

  write({ documents, tombstones, checkpoints, completesRebuild }: WriteBatch): void {
    const analysed = documents.map((document) => ({ document, analysed: analyseDocument(document) }))
    this.#db.exec('begin immediate')
    try {
      const change = Number(this.#one("update meta set value = value + 1 where key = 'change' returning value")!['value'])
      for (const item of analysed) this.#put(item.document, item.analysed, change)
      for (const tombstone of tombstones) this.#bury(tombstone, change)
      for (const checkpoint of checkpoints) this.#reach(checkpoint)
      if (completesRebuild) this.#run("update meta set value = 1 where key = 'whole'")
      this.#db.exec('commit')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      this.#slots.clear()
      throw error
    }
  }

  /** Begins with an empty file. */
  clear(damaged: boolean): void {
    this.close()
    discard(this.#path, damaged)
    this.#db = openOrReplace(this.#path)
  }

  close(): void {
    this.#prepared.clear()
    this.#slots.clear()
    if (this.#db.isOpen) this.#db.close()
  }

  #put(document: SearchDocument, analysed: AnalysedDocument, change: number): void {
    const known = this.#find(document)
    if (known && known.revision > document.revision) return
    const { slot, rowId } = this.#place(document.accountId, known)
    if (known && !known.gone) this.#run('delete from word where rowid = ?', rowId)
    const texts = TEXT_FIELD_NAMES.map((field) => textOf(slot, analysed.tokens[field]))
    this.#run(`insert into word (rowid, ${TEXT_FIELD_NAMES.join(', ')}) values (?${', ?'.repeat(texts.length)})`, rowId, ...texts)
    this.#keep(document, rowId, change, { gone: 0, facts: JSON.stringify(factsOf(analysed)) })
  }

  #bury(tombstone: Tombstone, change: number): void {
    const known = this.#find(tombstone)
    if (known && known.revision > tombstone.revision) return
    const { rowId } = this.#place(tombstone.accountId, known)
    if (known && !known.gone) this.#run('delete from word where rowid = ?', rowId)
    this.#keep(tombstone, rowId, change, { gone: 1, facts: '' })
  }

  #keep(
    { accountId, number, revision, id }: Tombstone,
    rowId: number,
    change: number,
    { gone, facts }: { gone: number; facts: string },
  ): void {
    this.#run(
      'insert or replace into document (row_id, account_id, number, revision, gone, change, id, facts) values (?, ?, ?, ?, ?, ?, ?, ?)',
      rowId,
      accountId,
      number,
      revision,
      gone,
      change,
      Buffer.from(id.replaceAll('-', ''), 'hex'),
      facts,
    )
  }

  #reach({ accountId, sequence }: Checkpoint): void {
    this.#run(
      'insert into checkpoint (account_id, sequence) values (?, ?) on conflict (account_id) do update set sequence = max(sequence, excluded.sequence)',
      accountId,
      sequence,
    )
  }

  #find({ accountId, number }: { accountId: number; number: number }): Known | null {
    return (
      (this.#one('select row_id, revision, gone from document where account_id = ? and number = ?', accountId, number) as
        Known | undefined) ?? null
    )
  }

  #place(accountId: number, known: Known | null): { slot: number; rowId: number } {
    const account = this.#slots.get(accountId) ?? this.#openSlot(accountId)
    return { slot: account.slot, rowId: known?.row_id ?? account.slot * ACCOUNT_PLACES + account.places++ }
  }

  #openSlot(accountId: number): { slot: number; places: number } {
    this.#run('insert or ignore into account (account_id) values (?)', accountId)
    const slot = Number(this.#one('select slot from account where account_id = ?', accountId)!['slot'])
    const first = slot * ACCOUNT_PLACES
    const last = this.#one('select max(row_id) as last from document where row_id >= ? and row_id < ?', first, first + ACCOUNT_PLACES)![
      'last'
    ]
    const opened = { slot, places: last === null ? 0 : Number(last) - first + 1 }
    this.#slots.set(accountId, opened)
    return opened
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): void {
    this.#prepare(sql).run(...values)
  }

  #one(sql: string, ...values: number[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql) ?? this.#db.prepare(sql)
    this.#prepared.set(sql, known)
    return known
  }
}

const textOf = (slot: number, tokens: readonly string[]): string =>
  tokens.map((token) => (token === BOUNDARY ? BOUNDARY : storedToken(slot, token))).join(' ')

function openOrReplace(path: string): DatabaseSync {
  try {
    const db = connect(path)
    if (versionOf(db) === INDEX_VERSION) return db
    db.close()
    discard(path, false)
  } catch (error) {
    if (!isDamage(error)) throw error
    discard(path, true)
  }
  const db = connect(path)
  db.exec(`begin; ${SCHEMA} commit;`)
  return db
}

function connect(path: string): DatabaseSync {
  makePrivateFile(path)
  const db = new DatabaseSync(path, { timeout: 5_000 })
  try {
    db.exec(
      'pragma journal_mode = wal; pragma synchronous = normal; pragma temp_store = memory; pragma cache_size = -8000; pragma journal_size_limit = 33554432',
    )
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Null for a file without our tables. */
function versionOf(db: DatabaseSync): string | null {
  const exists = db.prepare("select 1 from sqlite_master where name = 'meta'").get()
  return exists ? String(db.prepare("select value from meta where key = 'version'").get()?.['value']) : null
}

function discard(path: string, keep: boolean): void {
  if (keep && existsSync(path)) renameSync(path, `${path}.damaged`)
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}
