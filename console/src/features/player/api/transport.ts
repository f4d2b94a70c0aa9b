import type { FilmClock } from '../../../lib/film-clock.ts'
import { shuttle, SOUND_SPEEDS } from '../../../lib/shuttle.ts'
import { createStore, type Store } from '../../../lib/store.ts'
import type { Backwards } from './backwards.ts'

export type PlayerState = {
  frame: number
  /** Signed: 0 stands, -2 is twice backwards. */
  speed: number
  inFrame: number | null
  /** The last frame that is inside. */
  outFrame: number | null
  muted: boolean
  volume: number
  /** Enough has come to show pictures. */
  ready: boolean
  error: string | null
}

const CORRECTIONS_MAX = 2

/**
 * Plays one media element frame by frame. Seeks aim at the middle of a frame, never queue (the newest wins), and are confirmed by the
 * frame that the browser says it shows.
 */
export class Transport {
  readonly state: Store<PlayerState>
  #media: HTMLVideoElement | null = null
  #clock: FilmClock
  #wanted: number | null = null
  #next: number | null = null
  /** When the newest seek was asked, on the page's clock. */
  #askedAt = 0
  #corrections = 0
  #stopAt: number | null = null
  /** What waits for a seek to end. */
  #then: (() => void) | null = null
  #reverse: { since: number; from: number; speed: number } | null = null
  #backwards: Backwards | null = null
  #wantsMute = false
  #cleanup: (() => void)[] = []

  constructor(clock: FilmClock) {
    this.#clock = clock
    this.state = createStore<PlayerState>({
      frame: 0,
      speed: 0,
      inFrame: null,
      outFrame: null,
      muted: false,
      volume: 1,
      ready: false,
      error: null,
    })
  }

  get media(): HTMLVideoElement | null {
    return this.#media
  }

  get clock(): FilmClock {
    return this.#clock
  }

  /** Another table of times or a film that grew: the same moment stays. */
  setClock(clock: FilmClock): void {
    this.#clock = clock
  }

  attach(media: HTMLVideoElement): () => void {
    this.#media = media
    this.#wantsMute = media.muted
    const on = (name: string, handler: () => void) => {
      media.addEventListener(name, handler)
      this.#cleanup.push(() => media.removeEventListener(name, handler))
    }
    on('seeked', () => this.#onSeeked())
    on('loadeddata', () => this.#onReady())
    on('pause', () => this.#onPause())
    on('play', () => this.#set({ speed: media.playbackRate }))
    on('ended', () => this.#set({ speed: 0, frame: this.#clock.frames - 1 }))
    on('ratechange', () => this.#hear())
    on('error', () => this.#set({ error: media.error?.message || 'error', ready: false }))
    this.#watch(media)
    if (media.readyState >= 2) this.#onReady()
    return () => this.#detach()
  }

  /** What shows the film backwards; without it, backwards is a row of seeks. */
  setBackwards(backwards: Backwards | null): void {
    this.#backwards?.close()
    this.#backwards = backwards
  }

  toggle(): void {
    if (this.state.get().speed === 0) this.play(1)
    else this.stop()
  }

  /** J, K, L. */
  press(key: 'j' | 'k' | 'l'): void {
    const speed = shuttle(this.state.get().speed, key)
    if (speed === 0) this.stop()
    else this.play(speed)
  }

  play(speed: number, stopAt: number | null = null): void {
    const media = this.#media
    if (!media) return
    this.#stopAt = stopAt
    if (speed < 0) return this.#playBackwards(speed)
    const { frame } = this.state.get()
    if (frame >= this.#clock.frames - 1) media.currentTime = 0
    else if (this.#endBackwards()) this.#go(frame, 0)
    media.playbackRate = speed
    this.#set({ speed })
    void media.play().catch(() => this.#set({ speed: 0 }))
  }

  stop(): void {
    const wasBackwards = this.#endBackwards()
    this.#stopAt = null
    this.#then = null
    this.#media?.pause()
    this.#set({ speed: 0 })
    if (wasBackwards) this.seek(this.state.get().frame)
  }

  /** From the first to the last frame of a stretch, then it stands. */
  playRange(from: number, toExclusive: number): void {
    this.stop()
    this.seek(from)
    this.#then = () => this.play(1, toExclusive - 1)
  }

  /** Shows one frame; while a seek is under way only the newest one is kept. */
  seek(frame: number): void {
    const media = this.#media
    const target = Math.max(0, Math.min(this.#clock.frames - 1, Math.round(frame)))
    this.#set({ frame: target })
    if (!media || media.readyState === 0) {
      this.#next = target
      return
    }
    if (media.seeking) {
      this.#next = target
      return
    }
    this.#corrections = 0
    this.#go(target, 0)
  }

  step(by: number): void {
    if (this.state.get().speed !== 0) this.stop()
    this.#then = null
    const from = this.#next ?? this.#wanted ?? this.state.get().frame
    this.seek(from + by * this.#clock.stride)
  }

  setIn(frame: number | null = this.state.get().frame): void {
    const { outFrame } = this.state.get()
    this.#set({ inFrame: frame, ...(frame !== null && outFrame !== null && outFrame < frame ? { outFrame: null } : {}) })
  }

  setOut(frame: number | null = this.state.get().frame): void {
    const { inFrame } = this.state.get()
    this.#set({ outFrame: frame, ...(frame !== null && inFrame !== null && inFrame > frame ? { inFrame: null } : {}) })
  }

  setVolume(volume: number, muted: boolean): void {
    if (!this.#media) return
    this.#wantsMute = muted
    this.#media.volume = volume
    this.#set({ muted, volume })
    this.#hear()
  }

  /** Sound at speeds at which one understands it. */
  #hear(): void {
    const media = this.#media
    if (media) media.muted = this.#wantsMute || !SOUND_SPEEDS.includes(media.playbackRate)
  }

  #set(part: Partial<PlayerState>): void {
    this.state.set({ ...this.state.get(), ...part })
  }

  #go(frame: number, nudge: number): void {
    const media = this.#media
    if (!media) return
    this.#wanted = frame
    this.#askedAt = performance.now()
    media.currentTime = Math.max(0, this.#clock.centre(frame) + nudge)
  }

  #onReady(): void {
    this.#set({ ready: true, error: null })
    const next = this.#next
    this.#next = null
    if (next !== null) this.seek(next)
  }

  #onPause(): void {
    if (!this.#reverse) this.#set({ speed: 0 })
  }

  #onSeeked(): void {
    const next = this.#next
    this.#next = null
    if (next !== null) return this.seek(next)
    this.#then?.()
    this.#then = null
    this.#uncover()
    if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype) || !this.#media?.videoWidth) this.#shown(this.#media?.currentTime ?? 0)
    else if (this.#reverse) this.#wanted = null
  }

  /** A seek to where the film stood already shows no new frame: what was played backwards makes way all the same. */
  #uncover(): void {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (!this.#reverse && !this.#media?.seeking) this.#backwards?.hide()
      }),
    )
  }

  /** The browser shows a frame: follow it, or correct a seek that landed beside. */
  #shown(seconds: number): void {
    if (this.#backwards?.isShowing) return
    const frame = this.#clock.frameAt(seconds)
    const wanted = this.#wanted
    if (wanted !== null && !this.#reverse) {
      if (this.#media?.seeking) return
      if (frame !== wanted && this.#corrections < CORRECTIONS_MAX && this.state.get().speed === 0) {
        this.#corrections += 1
        return this.#go(wanted, (Math.sign(wanted - frame) * this.#clock.rate.den) / this.#clock.rate.num / 4)
      }
      this.#wanted = null
    }
    if (!this.#reverse) this.#backwards?.hide()
    this.#set({ frame })
    if (this.#stopAt !== null && frame >= this.#stopAt) {
      const last = this.#stopAt
      this.stop()
      if (frame !== last) this.seek(last)
    }
  }

  #watch(media: HTMLVideoElement): void {
    let alive = true
    this.#cleanup.push(() => (alive = false))
    if ('requestVideoFrameCallback' in media) {
      const onFrame = (_: number, { mediaTime, presentationTime }: VideoFrameCallbackMetadata) => {
        if (!alive) return
        // News of a frame may come after the next seek, on a busy machine even after its end: that is no answer to it.
        if (presentationTime >= this.#askedAt) this.#shown(mediaTime + 1e-4)
        media.requestVideoFrameCallback(onFrame)
      }
      media.requestVideoFrameCallback(onFrame)
    }
    const onTick = () => {
      if (!alive) return
      if (this.#reverse) this.#reverseTick(this.#reverse)
      else if (!media.paused && !media.videoWidth) this.#shown(media.currentTime)
      requestAnimationFrame(onTick)
    }
    requestAnimationFrame(onTick)
  }

  #playBackwards(speed: number): void {
    this.#media?.pause()
    this.#reverse = { since: performance.now(), from: this.state.get().frame, speed }
    this.#set({ speed })
  }

  /** True where it ran backwards. */
  #endBackwards(): boolean {
    const was = this.#reverse !== null
    this.#reverse = null
    this.#backwards?.stop()
    return was
  }

  #reverseTick({ since, from, speed }: { since: number; from: number; speed: number }): void {
    const { num, den } = this.#clock.rate
    const target = Math.max(0, Math.floor(from + ((performance.now() - since) / 1000) * speed * (num / den)))
    const shown = this.#backwards?.show(target, this.state.get().frame) ?? null
    if (shown !== null) this.#set({ frame: shown })
    else this.#seekBackwards(target)
    if (this.state.get().frame === 0) this.stop()
  }

  /** Where nothing decodes: a row of seeks, each as soon as the one before is shown. */
  #seekBackwards(frame: number): void {
    if (!this.#media || this.#media.seeking || frame === this.state.get().frame) return
    this.#set({ frame })
    this.#go(frame, 0)
  }

  #detach(): void {
    for (const undo of this.#cleanup) undo()
    this.#cleanup = []
    this.setBackwards(null)
    this.#media = null
  }
}
