import { CapstanError } from '../../../lib/errors.ts'
import { resumeOffset, type Arrival } from '../domain/arrival.ts'
import type { UploadFile, UploadFiles } from '../ports/upload-files.ts'

type Live = { file: UploadFile | null; usedAtMs: number; holder: Holder | null }
type Holder = { lastByteMs: number; abort: () => void; done: Promise<unknown> }

/** A request that holds an upload and brings nothing for this long has lost its client; the next one takes over. */
const STALE_MS = 2_000
/** A slow line may pause for so long without being called cut. */
const SILENT_MS = 10_000
const TAKE_OVER_MS_MAX = 5_000
/** Open files keep their running checksums between requests; after this long the prefix is read again instead. */
const IDLE_MS = 120_000

/** The uploads that bytes come in for now: one writer each, its file and running checksums kept open between its requests. */
export class LiveUploads {
  readonly #files: UploadFiles
  readonly #monotonicMs: () => number
  readonly #live = new Map<string, Live>()

  constructor(files: UploadFiles, monotonicMs: () => number) {
    this.#files = files
    this.#monotonicMs = monotonicMs
  }

  /** Runs `work` as the only writer. Throws `conflict` with reason `locked` while another request brings bytes. */
  async exclusively<T>(id: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const holder: Holder = { lastByteMs: this.#monotonicMs(), abort: () => controller.abort(), done: promise }
    const live = await this.#take(id, holder)
    try {
      return await work({
        signal: controller.signal,
        alive: () => void (holder.lastByteMs = this.#monotonicMs()),
        open: async (arrival) => (live.file ??= await this.#open(arrival)),
        close: () => this.#close(live),
      })
    } finally {
      live.holder = null
      live.usedAtMs = this.#monotonicMs()
      resolve(undefined)
    }
  }

  /** Bytes received of an upload that is open; null for the others. */
  liveBytes(id: string): number | null {
    return this.#live.get(id)?.file?.sizeBytes ?? null
  }

  /** Whether a request brings bytes of it. */
  isSending(id: string): boolean {
    const holder = this.#live.get(id)?.holder
    return holder ? this.#monotonicMs() - holder.lastByteMs < SILENT_MS : false
  }

  async closeIdle(idleMs = IDLE_MS): Promise<void> {
    const beforeMs = this.#monotonicMs() - idleMs
    for (const [id, live] of this.#live) {
      if (live.holder || live.usedAtMs > beforeMs) continue
      this.#live.delete(id)
      await this.#close(live)
    }
  }

  /** Ends every request and closes every file; what arrived stays. */
  async stop(): Promise<void> {
    const holders = [...this.#live.values()].flatMap(({ holder }) => holder ?? [])
    for (const holder of holders) holder.abort()
    await Promise.allSettled(holders.map(({ done }) => done))
    await this.closeIdle(-1)
  }

  /** Nothing is awaited between the look and the taking: two requests never hold the same upload. */
  async #take(id: string, holder: Holder): Promise<Live> {
    const live = this.#live.get(id) ?? { file: null, usedAtMs: this.#monotonicMs(), holder: null }
    this.#live.set(id, live)
    if (live.holder) await this.#endSilent(live.holder)
    if (this.#live.get(id) !== live || live.holder !== null) throw locked()
    live.holder = holder
    return live
  }

  /** Ends a request whose client is silent; one that brings bytes keeps the upload. */
  async #endSilent(holder: Holder): Promise<void> {
    if (this.#monotonicMs() - holder.lastByteMs < STALE_MS) throw locked()
    holder.abort()
    await Promise.race([holder.done, new Promise((resolve) => setTimeout(resolve, TAKE_OVER_MS_MAX).unref())])
  }

  #open(arrival: Arrival): Promise<UploadFile> {
    return this.#files.open(arrival.id, (sizeOnDisk) => resumeOffset(arrival, sizeOnDisk, this.#files.bootId))
  }

  async #close(live: Live): Promise<void> {
    const { file } = live
    live.file = null
    await file?.close()
  }
}

export type Writer = {
  /** Aborted when another request takes over or the platform stops. */
  signal: AbortSignal
  alive: () => void
  open: (arrival: Arrival) => Promise<UploadFile>
  close: () => Promise<void>
}

const locked = () =>
  new CapstanError('conflict', 'another request is sending this upload; try again in a moment', { details: { reason: 'locked' } })
