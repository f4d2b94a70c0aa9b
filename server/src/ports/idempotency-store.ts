export type KeptReply = Readonly<{ status: number; reply: string | null }>

export type Begun =
  | { state: 'new' }
  /** The same request was answered: here is its answer. */
  | { state: 'answered'; reply: KeptReply }
  /** The same request is at work now. */
  | { state: 'running' }
  /** The key was used for another request. */
  | { state: 'other' }

export type RequestKey = Readonly<{ accountId: number; userId: string; key: string }>

/** Remembers the answers of requests that carry a key, so that a client may repeat one without doing it twice. */
export interface IdempotencyStore {
  /** Claims a key for a request. A claim that was never answered may be taken over after `staleMs`: its process died. */
  begin(key: RequestKey, requestHash: string, nowMs: number, staleMs: number): Promise<Begun>
  answer(key: RequestKey, reply: KeptReply): Promise<void>
  /** Gives a key back: the request failed, and may be sent again. */
  forget(key: RequestKey): Promise<void>
  prune(beforeMs: number): Promise<number>
}
