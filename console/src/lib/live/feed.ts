import { SseParser, type ServerSentEvent } from '../sse.ts'

export type FeedState = 'connecting' | 'live' | 'lost' | 'signed_out' | 'forbidden'
export type FeedMessage = { type: 'state'; state: FeedState } | { type: 'event'; event: ServerSentEvent }

const STREAM = '/api/v1/events/stream'
const RETRY_MS_MAX = 10_000
/** The platform sends a comment at least this often; silence longer than this is a broken line. */
const SILENCE_MS_MAX = 60_000

/** Reads the platform's event stream for ever: goes on after the last event it saw, waits longer after each failure, ends at `signal`, a 401 or a 403. */
export async function readFeed(emit: (message: FeedMessage) => void, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null
  let failures = 0
  while (!signal.aborted) {
    try {
      emit({ type: 'state', state: failures === 0 ? 'connecting' : 'lost' })
      const response = await open(lastId, signal)
      if (response.status === 401 || response.status === 403) {
        emit({ type: 'state', state: response.status === 401 ? 'signed_out' : 'forbidden' })
        return
      }
      if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`)
      emit({ type: 'state', state: 'live' })
      failures = 0
      for await (const event of eventsOf(response.body)) {
        lastId = event.id ?? lastId
        emit({ type: 'event', event })
      }
    } catch {
      // A cut line: said below, tried again after a while.
    }
    failures += 1
    emit({ type: 'state', state: 'lost' })
    await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS_MAX, 500 * 2 ** Math.min(failures, 5))))
  }
}

function open(lastId: string | null, signal: AbortSignal): Promise<Response> {
  return fetch(STREAM, {
    headers: { accept: 'text/event-stream', ...(lastId ? { 'last-event-id': lastId } : {}) },
    credentials: 'same-origin',
    cache: 'no-store',
    signal,
  })
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new SseParser()
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { value, done } = await withLimit(reader.read())
      if (done) return
      yield* parser.push(decoder.decode(value, { stream: true }))
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}

async function withLimit<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the stream is silent')), SILENCE_MS_MAX)
  })
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer))
}
