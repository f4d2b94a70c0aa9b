import type { Mix } from '../../../lib/sound-switches.ts'

const DRIFT_SECONDS_MAX = 0.05
const LOOK_MS = 400

/** One stereo source: its two channels, each with a way to each ear. */
class Strip {
  readonly #ways: GainNode[] = []
  readonly #context: AudioContext

  constructor(context: AudioContext, media: HTMLMediaElement, out: ChannelMergerNode) {
    this.#context = context
    const splitter = context.createChannelSplitter(2)
    context.createMediaElementSource(media).connect(splitter)
    for (const ear of [0, 1])
      for (const channel of [0, 1]) {
        const way = context.createGain()
        way.gain.value = 0
        splitter.connect(way, channel)
        way.connect(out, 0, ear)
        this.#ways.push(way)
      }
  }

  set({ left, right }: Mix[number]): void {
    ;[...left, ...right].forEach((gain, i) => this.#ways[i]?.gain.setTargetAtTime(gain, this.#context.currentTime, 0.005))
  }
}

/**
 * The sound of a film: what the proxy carries, and the stereo files beside it, which are opened when they are first heard and follow the picture
 * within 50 ms. Made at a click or key, because browsers allow sound only then.
 */
export class AudioDesk {
  readonly #context = new AudioContext()
  readonly #out = this.#context.createChannelMerger(2)
  readonly #meters: AnalyserNode[]
  readonly #samples = new Float32Array(2048)
  readonly #media: HTMLMediaElement
  readonly #urls: readonly string[]
  readonly #own: Strip
  readonly #files = new Map<number, { element: HTMLAudioElement; strip: Strip }>()
  readonly #abort = new AbortController()

  constructor(media: HTMLMediaElement, urls: readonly string[]) {
    this.#media = media
    this.#urls = urls
    const splitter = this.#context.createChannelSplitter(2)
    this.#out.connect(splitter)
    this.#meters = [0, 1].map((ear) => {
      const meter = this.#context.createAnalyser()
      meter.fftSize = this.#samples.length
      splitter.connect(meter, ear)
      return meter
    })
    this.#out.connect(this.#context.destination)
    this.#own = new Strip(this.#context, media, this.#out)
    for (const name of ['play', 'pause', 'seeked', 'ratechange', 'volumechange'])
      media.addEventListener(name, () => this.#follow(), this.#abort)
    const timer = setInterval(() => this.#follow(), LOOK_MS)
    this.#abort.signal.addEventListener('abort', () => clearInterval(timer))
  }

  resume(): void {
    void this.#context.resume()
  }

  apply(mix: Mix): void {
    mix.forEach((gains, source) => {
      if (source === 0) return this.#own.set(gains)
      const isHeard = [...gains.left, ...gains.right].some((gain) => gain > 0)
      if (isHeard) this.#open(source)
      this.#files.get(source)?.strip.set(gains)
    })
    this.#follow()
  }

  /** Peak of what goes to each ear now, in dBFS; -Infinity is silence. */
  levels(): number[] {
    return this.#meters.map((meter) => {
      meter.getFloatTimeDomainData(this.#samples)
      let peak = 0
      for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample))
      return 20 * Math.log10(peak)
    })
  }

  close(): void {
    this.#abort.abort()
    for (const { element } of this.#files.values()) element.removeAttribute('src')
    void this.#context.close().catch(() => {})
  }

  #open(source: number): void {
    const url = this.#urls[source - 1]
    if (this.#files.has(source) || !url) return
    const element = new Audio(url)
    element.preload = 'auto'
    this.#files.set(source, { element, strip: new Strip(this.#context, element, this.#out) })
  }

  #follow(): void {
    const { currentTime, paused, playbackRate, muted, volume, seeking } = this.#media
    for (const { element } of this.#files.values()) {
      element.muted = muted
      element.volume = volume
      if (element.playbackRate !== playbackRate) element.playbackRate = playbackRate
      if (!seeking && Math.abs(element.currentTime - currentTime) > DRIFT_SECONDS_MAX) element.currentTime = currentTime
      if (paused && !element.paused) element.pause()
      if (!paused && element.paused) void element.play().catch(() => {})
    }
  }
}
