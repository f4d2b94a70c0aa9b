/** Which of the two channels are heard. Solo wins over mute. */
export type ChannelSwitches = readonly { mute: boolean; solo: boolean }[]

/** Whether each channel is heard. */
export function audible(switches: ChannelSwitches): boolean[] {
  const anySolo = switches.some(({ solo }) => solo)
  return switches.map(({ mute, solo }) => (anySolo ? solo : !mute))
}

/** Splits the sound of a media element into its two channels, with a switch and a meter for each. A single one is sent to both ears. */
export class AudioGraph {
  readonly #context = new AudioContext()
  readonly #gains: GainNode[] = []
  readonly #meters: AnalyserNode[] = []
  readonly #samples = new Float32Array(1024)

  constructor(media: HTMLMediaElement, channels = 2) {
    const source = this.#context.createMediaElementSource(media)
    const splitter = this.#context.createChannelSplitter(channels)
    const merger = this.#context.createChannelMerger(2)
    source.connect(splitter)
    for (let channel = 0; channel < channels; channel++) {
      const gain = this.#context.createGain()
      const meter = this.#context.createAnalyser()
      meter.fftSize = 2048
      splitter.connect(gain, channel)
      gain.connect(meter)
      gain.connect(merger, 0, channel % 2)
      this.#gains.push(gain)
      this.#meters.push(meter)
    }
    merger.connect(this.#context.destination)
  }

  /** Browsers let sound begin only after a person did something. */
  resume(): void {
    void this.#context.resume()
  }

  apply(switches: ChannelSwitches): void {
    audible(switches).forEach((heard, channel) => {
      const gain = this.#gains[channel]?.gain
      gain?.setTargetAtTime(heard ? 1 : 0, this.#context.currentTime, 0.005)
    })
  }

  /** Peak of each channel now, in dBFS; -Infinity is silence. */
  levels(): number[] {
    return this.#meters.map((meter) => {
      meter.getFloatTimeDomainData(this.#samples)
      let peak = 0
      for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample))
      return 20 * Math.log10(peak)
    })
  }

  close(): void {
    void this.#context.close().catch(() => {})
  }
}
