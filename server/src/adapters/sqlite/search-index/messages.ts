import type { CountRequest, IndexState, SearchRequest, SearchResult, WriteBatch } from '../../../services/search/ports/search-index.ts'
import type { ErrorCode } from '../../../lib/errors.ts'

export type Role = 'reader' | 'writer'
export type WorkerSetup = { readonly role: Role; readonly path: string }

/** What the threads can be asked, and what they answer. */
export type Operations = {
  open: [input: null, output: null]
  write: [input: WriteBatch, output: null]
  clear: [input: { damaged: boolean }, output: null]
  search: [input: { request: SearchRequest; timeoutMs: number }, output: SearchResult]
  count: [input: { request: CountRequest; timeoutMs: number }, output: number]
  state: [input: null, output: IndexState]
  close: [input: null, output: null]
}

export type OperationName = keyof Operations
export type Call<O extends OperationName = OperationName> = { readonly id: number; readonly operation: O; readonly input: Operations[O][0] }
export type Answer =
  | { readonly id: number; readonly ok: true; readonly output: unknown }
  | { readonly id: number; readonly ok: false; readonly error: { code: ErrorCode; message: string; details: Record<string, unknown> } }
