/** The lowest and the highest sample of every bucket: `[min, max]` of each channel, bucket after bucket, 16 bit. */
export type Peaks = { channels: number; sampleRate: number; samplesPerBucket: number; buckets: number; values: Int16Array }

/** Buckets in a second where the sound is short enough for it. */
const BUCKETS_PER_SECOND = 100

/** A bucket's length in samples: a hundredth of a second, or more when that would make over `bucketsMax`. */
export function samplesPerBucketFor(sampleRate: number, durationS: number | null, bucketsMax: number): number {
  const finest = Math.max(1, Math.round(sampleRate / BUCKETS_PER_SECOND))
  return durationS === null ? finest : Math.max(finest, Math.ceil((durationS * sampleRate) / bucketsMax))
}

/**
 * Takes samples as they come and keeps peaks only: never more than `bucketsMax` buckets, because two neighbours become one each time
 * that many are full. So memory is constant, whatever the length and whatever the header said of it.
 */
export class PeakReducer {
  readonly channels: number
  readonly sampleRate: number
  #values: Int16Array
  #bucketsMax: number
  #samplesPerBucket: number
  #buckets = 0
  #inBucket = 0
  #samples = 0

  constructor(settings: { channels: number; sampleRate: number; samplesPerBucket: number; bucketsMax: number }) {
    this.channels = settings.channels
    this.sampleRate = settings.sampleRate
    this.#samplesPerBucket = settings.samplesPerBucket
    this.#bucketsMax = settings.bucketsMax + (settings.bucketsMax % 2)
    this.#values = new Int16Array(this.#bucketsMax * this.channels * 2)
  }

  /** Samples for each channel so far. */
  get samples(): number {
    return this.#samples
  }

  /** Takes whole frames: one sample for each channel, interleaved. */
  push(samples: Int16Array): void {
    const { channels } = this
    const frames = Math.floor(samples.length / channels)
    this.#samples += frames
    for (let frame = 0; frame < frames;) {
      if (this.#inBucket === 0) this.#openBucket()
      const until = Math.min(frames, frame + this.#samplesPerBucket - this.#inBucket)
      for (let channel = 0; channel < channels; channel++) this.#widen(samples, frame, until, channel)
      this.#inBucket = (this.#inBucket + until - frame) % this.#samplesPerBucket
      frame = until
    }
  }

  #widen(samples: Int16Array, from: number, until: number, channel: number): void {
    const { channels } = this
    const at = ((this.#buckets - 1) * channels + channel) * 2
    let min = this.#values[at]!
    let max = this.#values[at + 1]!
    for (let i = from * channels + channel; i < until * channels; i += channels) {
      const sample = samples[i]!
      if (sample < min) min = sample
      if (sample > max) max = sample
    }
    this.#values[at] = min
    this.#values[at + 1] = max
  }

  #openBucket(): void {
    if (this.#buckets === this.#bucketsMax) this.#halve()
    const width = this.channels * 2
    for (let i = 0; i < width; i += 2) {
      this.#values[this.#buckets * width + i] = 32767
      this.#values[this.#buckets * width + i + 1] = -32768
    }
    this.#buckets++
  }

  #halve(): void {
    const merged = mergeBuckets(this.#peaks(), 2)
    this.#values.set(merged.values)
    this.#buckets = merged.buckets
    this.#samplesPerBucket *= 2
  }

  #peaks(): Peaks {
    const { channels, sampleRate } = this
    const values = this.#values.subarray(0, this.#buckets * channels * 2)
    return { channels, sampleRate, samplesPerBucket: this.#samplesPerBucket, buckets: this.#buckets, values }
  }

  /** The peaks so far, a copy; the last bucket may be a short one. */
  peaks(): Peaks {
    const peaks = this.#peaks()
    return { ...peaks, values: peaks.values.slice() }
  }
}

/** The same sound in fewer buckets, each the peaks of `factor` neighbours. */
export function mergeBuckets(peaks: Peaks, factor: number): Peaks {
  const width = peaks.channels * 2
  const buckets = Math.ceil(peaks.buckets / factor)
  const values = new Int16Array(buckets * width)
  for (let bucket = 0; bucket < buckets; bucket++) {
    const last = Math.min(peaks.buckets, (bucket + 1) * factor)
    for (let i = 0; i < width; i++) {
      let value = peaks.values[bucket * factor * width + i]!
      for (let from = bucket * factor + 1; from < last; from++) {
        const other = peaks.values[from * width + i]!
        value = i % 2 === 0 ? Math.min(value, other) : Math.max(value, other)
      }
      values[bucket * width + i] = value
    }
  }
  return { ...peaks, samplesPerBucket: peaks.samplesPerBucket * factor, buckets, values }
}

/** The sample peak of each channel in dBFS, null for digital silence. */
export function channelPeaksDbfs(peaks: Peaks): (number | null)[] {
  const most = new Array<number>(peaks.channels).fill(0)
  peaks.values.forEach((value, i) => {
    const channel = Math.floor(i / 2) % peaks.channels
    most[channel] = Math.max(most[channel]!, Math.abs(value))
  })
  return most.map((value) => (value === 0 ? null : Math.round(200 * Math.log10(value / 32768)) / 10))
}
