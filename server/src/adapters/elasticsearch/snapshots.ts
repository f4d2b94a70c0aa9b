import { CapstanError } from '../../lib/errors.ts'
import type { ElasticsearchClient } from './client.ts'
import type { Product } from './server-check.ts'

/** The server forgets one that nobody has asked for so long. */
export const KEPT_FOR = '2m'
const LIMIT_MS = 5_000
const CURSOR_LENGTH_MAX = 1_000

/** Points in time: the pages after the first are read from the index as it was, so that nothing moves between them while others write. */
export class Snapshots {
  readonly #client: ElasticsearchClient
  readonly #path: string

  constructor(client: ElasticsearchClient, product: Product) {
    this.#client = client
    this.#path = product === 'elasticsearch' ? '_pit' : '_search/point_in_time'
  }

  /** Null when the server gives none, as when it keeps too many already: pages are read from the index as it is then. */
  async take(alias: string): Promise<string | null> {
    const answer = await this.#client.ask({ method: 'POST', path: `${alias}/${this.#path}?keep_alive=${KEPT_FOR}`, limitMs: LIMIT_MS })
    const { id, pit_id } = (answer.json ?? {}) as { id?: unknown; pit_id?: unknown }
    const taken = id ?? pit_id
    return answer.status < 300 && typeof taken === 'string' ? taken : null
  }

  /** Gives it back early; when that fails the server forgets it by itself. */
  async release(id: string): Promise<void> {
    const body = this.#path === '_pit' ? { id } : { pit_id: [id] }
    await this.#client.ask({ method: 'DELETE', path: this.#path, body, limitMs: LIMIT_MS }).catch(() => null)
  }
}

/** Whether the server has forgotten it, or never gave it: a cursor may come from anybody. */
export const isForgotten = (error: unknown): boolean =>
  error instanceof CapstanError && (error.details['status'] === 404 || error.details['status'] === 400)

/** A cursor that leads on in a snapshot; without it where it would become longer than cursors may. */
export const withSnapshot = (cursor: string, id: string): string =>
  cursor.length + id.length < CURSOR_LENGTH_MAX ? `${cursor}.${id}` : cursor

export function snapshotIn(cursor: string): { position: string; snapshot: string | null } {
  const [position = '', snapshot = null] = cursor.split('.', 2)
  return { position, snapshot }
}
