import type { ServerResponse } from 'node:http'
import type { Right } from '@capstan/contract/rights'
import { CapstanError } from '../../lib/errors.ts'
import { seesPlaces } from '../identity/api.ts'
import { maySee, toEventView } from './domain/audience.ts'
import type { EventHistory, SequencedEvent } from './ports/event-history.ts'

const HEARTBEAT_MS = 15_000
const CATCH_UP_PAGE = 500
const RETRY_AFTER_SECONDS = 60
const BUFFER_BYTES_MAX = 1 << 20
const STREAMS_MAX = 2_000
/** Windows of one person; each costs memory, and a program that opens streams in a loop takes them from others. */
const STREAMS_PER_USER_MAX = 20

type Listener = {
  accountId: number
  userId: string
  /** What they may do now; what they may see follows. */
  rights: ReadonlySet<Right>
  after: number | null
  /** Asked at every beat; throws for who was signed out. */
  currentRights: () => Promise<ReadonlySet<Right>>
}

type Reader = Listener & { response: ServerResponse; after: number; isCatchingUp: boolean }

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

  /** Throws `unavailable` when all places are taken, `rate_limited` when this user has theirs. Ask right before `open`. */
  demandRoom(userId: string): void {
    if (this.#readers.size >= STREAMS_MAX)
      throw new CapstanError('unavailable', 'too many browsers listen to events: try again in a minute')
    if ([...this.#readers].filter((reader) => reader.userId === userId).length < STREAMS_PER_USER_MAX) return
    throw new CapstanError('rate_limited', `${STREAMS_PER_USER_MAX} windows of yours listen to events already: close some`, {
      details: { reason: 'too_many_streams', max: STREAMS_PER_USER_MAX, retryAfterSeconds: RETRY_AFTER_SECONDS },
    })
  }

  /** Begins at `after`, or with what happens from now on when null. Its place is taken when this returns. */
  async open(response: ServerResponse, listener: Listener): Promise<void> {
    // Who left while their rights were looked up tells nobody any more, and would keep the place for ever.
    if (response.closed) return
    const reader: Reader = { ...listener, response, after: listener.after ?? 0, isCatchingUp: true }
    this.#readers.add(reader)
    response.once('close', () => this.#readers.delete(reader))
    if (listener.after === null) reader.after = await this.#history.head()
    response.write(`retry: 2000\nevent: hello\nid: ${reader.after}\ndata: {}\n\n`)
    await this.#catchUp(reader)
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
    const frameFor = framesOf(event)
    for (const reader of this.#readers) if (!reader.isCatchingUp && event.sequence > reader.after) this.#deliver(reader, event, frameFor)
  }

  #deliver(reader: Reader, event: SequencedEvent, frameFor = framesOf(event)): void {
    reader.after = event.sequence
    if (event.accountId === reader.accountId && maySee(event, reader.rights)) this.#send(reader, frameFor(seesPlaces(reader)))
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
      reader.currentRights().then(
        (rights) => {
          reader.rights = rights
          if (!rights.has('see')) this.#end(reader)
        },
        () => this.#end(reader),
      )
    }
  }

  /** Hears nothing more, however long the rest takes to be read. */
  #end(reader: Reader): void {
    this.#readers.delete(reader)
    reader.response.end()
  }
}

/** One text for all readers that may see the same. */
function framesOf(event: SequencedEvent): (withPlaces: boolean) => string {
  const frames = new Map<boolean, string>()
  return (withPlaces) => {
    const frame =
      frames.get(withPlaces) ?? `id: ${event.sequence}\nevent: event\ndata: ${JSON.stringify(toEventView(event, withPlaces))}\n\n`
    frames.set(withPlaces, frame)
    return frame
  }
}
