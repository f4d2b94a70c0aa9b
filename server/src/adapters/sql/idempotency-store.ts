import type { Begun, IdempotencyStore, KeptReply, RequestKey } from '../../ports/idempotency-store.ts'
import { first, run, statement, type SqlDatabase } from './database.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

type Row = { request_hash: string; status: number | null; reply: string | null; at_ms: number }

const WHERE = 'where account_id = ? and user_id = ? and request_key = ?'
const parametersOf = ({ accountId, userId, key }: RequestKey) => [accountId, userId, key]

export class SqlIdempotencyStore implements IdempotencyStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  begin(key: RequestKey, requestHash: string, nowMs: number, staleMs: number): Promise<Begun> {
    const database = this.#database
    return repeatOnConflict(() =>
      database.write(function* (): Generator<ReturnType<typeof statement>, Begun, never> {
        const known = yield* first<Row>(
          statement(`select request_hash, status, reply, at_ms from platform_idempotency ${WHERE}`, parametersOf(key)),
        )
        if (known && known.request_hash !== requestHash) return { state: 'other' }
        if (known?.status != null) return { state: 'answered', reply: { status: Number(known.status), reply: known.reply } }
        if (known && nowMs - Number(known.at_ms) <= staleMs) return { state: 'running' }
        if (known) yield* run(statement(`delete from platform_idempotency ${WHERE}`, parametersOf(key)))
        const sql = 'insert into platform_idempotency (account_id, user_id, request_key, request_hash, at_ms) values (?, ?, ?, ?, ?)'
        yield* run(statement(sql, [...parametersOf(key), requestHash, nowMs]))
        return { state: 'new' }
      }),
    )
  }

  async answer(key: RequestKey, { status, reply }: KeptReply): Promise<void> {
    await this.#database.write(() =>
      run(statement(`update platform_idempotency set status = ?, reply = ? ${WHERE}`, [status, reply, ...parametersOf(key)])),
    )
  }

  async forget(key: RequestKey): Promise<void> {
    await this.#database.write(() => run(statement(`delete from platform_idempotency ${WHERE}`, parametersOf(key))))
  }

  prune(beforeMs: number): Promise<number> {
    return this.#database.write(() => run(statement('delete from platform_idempotency where at_ms < ?', [beforeMs])))
  }
}
