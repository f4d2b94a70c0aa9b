import type { FilmClock } from '../../../lib/film-clock.ts'
import type { GroupReader } from './groups.ts'

/** Frames decoded ahead of the one that is shown: three groups of a proxy, some 30 MB. */
const AHEAD_FRAMES = 36
/** A group of somebody else's making may be longer: only its end is kept. */
const KEPT_MAX = 60

/** The film whose groups are decoded: the proxy, whatever is played forwards. */
export type Film = { url: string; sizeBytes: number }

/** `edge` is the first frame that is decoded or need not be. */
type Run = { target: number; edge: number; isShowing: boolean }

/**
 * Plays backwards on a canvas over the film: decodes group by group, ahead of what is shown, and keeps in time by leaving frames out, never
 * by going back. What it decodes with is loaded at the first use; `show` answers null while that takes and where the browser cannot.
 */
export class Backwards {
  readonly #canvas: HTMLCanvasElement
  readonly #film: Film
  readonly #clock: () => FilmClock
  readonly #pictures = new Map<number, VideoFrame>()
  #reader: Promise<GroupReader> | null = null
  #run: Run | null = null
  #isFilling = false
  #isBroken = typeof VideoDecoder === 'undefined'

  constructor(canvas: HTMLCanvasElement, film: Film, clock: () => FilmClock) {
    this.#canvas = canvas
    this.#film = film
    this.#clock = clock
  }

  get isShowing(): boolean {
    return this.#run?.isShowing ?? false
  }

  /**
   * Shows `frame`, or the nearest decoded one between it and `current`, which is on the screen; answers what is on the screen then.
   * Null: nothing has come yet, or never will; seek instead.
   */
  show(frame: number, current: number): number | null {
    if (this.#isBroken) return null
    this.#run ??= { target: frame, edge: frame + 1, isShowing: false }
    const run = this.#run
    run.target = frame
    void this.#fill()
    const at = Math.min(...[...this.#pictures.keys()].filter((index) => index >= frame && index < current))
    if (at === Infinity) return run.isShowing ? current : null
    this.#draw(this.#pictures.get(at))
    run.isShowing = true
    for (const [index, picture] of this.#pictures) if (index >= at) this.#drop(index, picture)
    return at
  }

  /** Ends a run: nothing is decoded any more; the last picture stays until `hide`. */
  stop(): void {
    this.#run = null
    for (const [index, picture] of this.#pictures) this.#drop(index, picture)
  }

  hide(): void {
    this.#canvas.hidden = true
  }

  close(): void {
    this.stop()
    this.hide()
    this.#isBroken = true
    void this.#reader?.then((reader) => reader.close()).catch(() => {})
  }

  async #fill(): Promise<void> {
    if (this.#isFilling) return
    this.#isFilling = true
    try {
      this.#reader ??= import('./groups.ts').then(({ GroupReader }) => GroupReader.open(this.#film.url, this.#film.sizeBytes))
      const reader = await this.#reader
      for (let run = this.#run; run && run.edge > 0 && run.edge > run.target - AHEAD_FRAMES; run = this.#run)
        await this.#decode(reader, run)
    } catch {
      // Not decodable here or not to be had: from now on backwards is a row of seeks.
      this.#isBroken = true
      this.hide()
    } finally {
      this.#isFilling = false
    }
  }

  /** One group more, towards the start; where decoding fell behind, the one that is wanted now. */
  async #decode(reader: GroupReader, run: Run): Promise<void> {
    const clock = this.#clock()
    const last = Math.min(run.edge - 1, run.target)
    run.edge = last
    const group = new Map<number, VideoFrame>()
    const take = (picture: VideoFrame) => {
      const index = clock.frameAt(picture.timestamp / 1e6 + 1e-4)
      if (this.#run !== run || index > last) {
        picture.close()
        return
      }
      group.set(index, picture)
      run.edge = Math.min(run.edge, index)
      const [oldest] = group
      if (group.size <= KEPT_MAX || !oldest) return
      group.delete(oldest[0])
      oldest[1].close()
    }
    try {
      await reader.group(clock.centre(last), take)
    } finally {
      // Only whole groups are shown: their pictures come in the order of the film, against the way that it plays.
      for (const [index, picture] of group) {
        if (this.#run === run) this.#pictures.set(index, picture)
        else picture.close()
      }
    }
  }

  #draw(picture: VideoFrame | undefined): void {
    const context = this.#canvas.getContext('2d', { alpha: false })
    if (!picture || !context) return
    const { displayWidth, displayHeight } = picture
    if (this.#canvas.width !== displayWidth) this.#canvas.width = displayWidth
    if (this.#canvas.height !== displayHeight) this.#canvas.height = displayHeight
    context.drawImage(picture, 0, 0, displayWidth, displayHeight)
    this.#canvas.hidden = false
  }

  #drop(index: number, picture: VideoFrame): void {
    picture.close()
    this.#pictures.delete(index)
  }
}
