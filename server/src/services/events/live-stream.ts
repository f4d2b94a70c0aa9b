import type { ServerResponse } from 'node:http'
import type { EventHistory, SequencedEvent } from './ports/event-history.ts'

const HEARTBEAT_MS = 15_000
const CATCH_UP_PAGE = 500
const BUFFER_BYTES_MAX = 1 << 20
const STREAMS_MAX = 2_000

type Reader = {
  accountId: number
  response: ServerResponse
  after: number
  mayAdminister: boolean
  isCatchingUp: boolean
  isStillAllowed: () => Promise<boolean>
}

/** Progress of a running job: shown, never kept. */
export type Progress = { accountId: number; jobId: string; runId: string | null; assetId: string | null; percent: number }

/**
 * Server-sent events to browsers. The history is read once for all of them; who comes back with a Last-Event-ID first gets what was missed. A
 * browser that reads too slowly is disconnected and comes back by itself.
 */
export class LiveStream {
  readonly #history: EventHistory
  readonly #readers = new Set<Reader>()
  readonly #heartbeat: NodeJS.Timeout
  #head = 0
  #reading: Promise<void> | null = null
  #hasMore = false

  constructor(history: EventHistory) {
    this.#history = history
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#heartbeat.unref()
  }

  get size(): number {
    return this.#readers.size
  }

  get isFull(): boolean {
    return this.#readers.size >= STREAMS_MAX
  }

  /** Begins at `after`, or with what happens from now on when null. */
  async open(
    response: ServerResponse,
    reader: { accountId: number; mayAdminister: boolean; after: number | null; isStillAllowed: () => Promise<boolean> },
  ): Promise<void> {
    const from = reader.after ?? (await this.#history.head())
    const entry: Reader = { ...reader, response, after: from, isCatchingUp: true }
    response.write(`retry: 2000\nevent: hello\nid: ${from}\ndata: {}\n\n`)
    this.#readers.add(entry)
    response.once('close', () => this.#readers.delete(entry))
    await this.#catchUp(entry)
  }

  /** There is more in the history. */
  wake(): void {
    if (this.#readers.size === 0) return
    this.#hasMore = true
    if (this.#reading) return
    // A fault of the store ends this reading; the next wake goes on from the same place.
    this.#reading = this.#readOn()
      .catch(() => (this.#hasMore = false))
      .then(() => {
        this.#reading = null
        if (this.#hasMore) this.wake()
      })
  }

  progress({ accountId, ...progress }: Progress): void {
    const frame = `event: progress\ndata: ${JSON.stringify(progress)}\n\n`
    for (const reader of this.#readers) if (reader.accountId === accountId) this.#send(reader, frame)
  }

  close(): void {
    clearInterval(this.#heartbeat)
    for (const { response } of this.#readers) response.end()
    this.#readers.clear()
  }

  async #catchUp(reader: Reader): Promise<void> {
    for (;;) {
      const events = await this.#history.read(
        { accountId: reader.accountId },
        { cursor: reader.after, limit: CATCH_UP_PAGE, newestFirst: false },
      )
      for (const event of events) this.#deliver(reader, event)
      if (events.length < CATCH_UP_PAGE || !this.#readers.has(reader)) break
    }
    reader.isCatchingUp = false
    // Whoever comes alone begins where it is: nobody needs what happened while no one listened.
    this.#head = this.#readers.size === 1 ? reader.after : Math.min(this.#head, reader.after)
    this.wake()
  }

  async #readOn(): Promise<void> {
    while (this.#hasMore) {
      this.#hasMore = false
      const events = await this.#history.read({}, { cursor: this.#head, limit: CATCH_UP_PAGE, newestFirst: false })
      for (const event of events) this.#broadcast(event)
      this.#head = events.at(-1)?.sequence ?? this.#head
      if (events.length === CATCH_UP_PAGE) this.#hasMore = true
    }
  }

  #broadcast(event: SequencedEvent): void {
    const frame = frameOf(event)
    for (const reader of this.#readers) if (!reader.isCatchingUp && event.sequence > reader.after) this.#deliver(reader, event, frame)
  }

  #deliver(reader: Reader, event: SequencedEvent, frame?: string): void {
    reader.after = event.sequence
    if (event.accountId === reader.accountId && maySee(event, reader.mayAdminister)) this.#send(reader, frame ?? frameOf(event))
  }

  #send(reader: Reader, frame: string): void {
    if (reader.response.writableLength > BUFFER_BYTES_MAX) {
      this.#readers.delete(reader)
      reader.response.destroy()
      return
    }
    reader.response.write(frame)
  }

  /** Who was signed out, or lost the right to see, hears nothing after the next beat. */
  #beat(): void {
    for (const reader of this.#readers) {
      this.#send(reader, ': alive\n\n')
      reader.isStillAllowed().then(
        (isAllowed) => {
          if (!isAllowed) reader.response.end()
        },
        () => reader.response.end(),
      )
    }
  }
}

/** Who signs in and which tokens exist is for administrators. */
const PRIVATE_SUBJECTS = new Set(['user', 'role', 'token', 'session', 'sign_in'])

export const maySee = (event: SequencedEvent, mayAdminister: boolean): boolean => mayAdminister || !PRIVATE_SUBJECTS.has(event.subject.kind)

function frameOf({ accountId: _, ...view }: SequencedEvent): string {
  return `id: ${view.sequence}\nevent: event\ndata: ${JSON.stringify(view)}\n\n`
}
