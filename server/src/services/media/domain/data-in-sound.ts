import type { AudioStream } from '@capstan/contract/technical'

/** What a pair of PCM channels carries instead of sound (SMPTE ST 337). */
export type DataInSound = 'dolby_e' | 's337m'

const DOLBY_E = 28
/** Pa and Pb by word length; samples are 32 bits, the word at the top. */
const SYNCS = [
  { shift: 16, first: 0xf872, second: 0x4e1f },
  { shift: 12, first: 0x6f872, second: 0x54e1f },
  { shift: 8, first: 0x96f872, second: 0xa54e1f },
]
/** A sync word that stands there once may be sound. */
const BURSTS_MIN = 3

/** Looks for bursts in two channels of 32-bit samples: Pa and Pc lie in the first, Pb and Pd in the second. Null where they are sound. */
export function dataInSound(first: Int32Array, second: Int32Array): DataInSound | null {
  const types: number[] = []
  for (let at = 0; at + 1 < Math.min(first.length, second.length); at++) {
    if (!isSync(first[at] as number, second[at] as number)) continue
    types.push(((first[at + 1] as number) >>> 16) & 31)
  }
  if (types.length < BURSTS_MIN) return null
  return types.includes(DOLBY_E) ? 'dolby_e' : 's337m'
}

const isSync = (a: number, b: number): boolean => SYNCS.some(({ shift, first, second }) => a >>> shift === first && b >>> shift === second)

/** PCM of at least 16 bits may carry it; anything coded or in floating point would have broken it. */
export const mayCarryData = ({ codec, channels }: AudioStream): boolean =>
  channels > 0 && /^(pcm_[su](16|20|24|32)|pcm_(bluray|dvd)|s302m)/.test(codec)

/** Interleaved 32-bit samples of one stream. */
export type StreamSamples = { stream: AudioStream; samples: Int32Array }

/** The streams with their data channels: neighbours within a stream, and mono streams that follow each other. */
export function withDataChannels(audio: readonly AudioStream[], heard: readonly StreamSamples[]): AudioStream[] {
  const channels = heard.flatMap(({ stream, samples }) =>
    Array.from({ length: stream.channels }, (_, channel) => ({
      stream: stream.index,
      channel,
      samples: everyNth(samples, channel, stream.channels),
    })),
  )
  const found: { stream: number; channel: number; codec: DataInSound }[] = []
  for (let at = 0; at + 1 < channels.length; at++) {
    const [first, second] = [channels[at], channels[at + 1]]
    const codec = first && second ? dataInSound(first.samples, second.samples) : null
    if (!first || !second || codec === null) continue
    found.push({ stream: first.stream, channel: first.channel, codec }, { stream: second.stream, channel: second.channel, codec })
    at++
  }
  return audio.map((stream) => {
    const dataChannels = found.filter((data) => data.stream === stream.index).map(({ channel, codec }) => ({ channel, codec }))
    if (dataChannels.length === 0) return stream
    const isAllData = dataChannels.length === stream.channels
    return { ...stream, dataChannels, codec: isAllData ? (dataChannels[0]?.codec ?? stream.codec) : stream.codec }
  })
}

const everyNth = (samples: Int32Array, from: number, step: number): Int32Array =>
  Int32Array.from({ length: Math.floor(samples.length / step) }, (_, index) => samples[index * step + from] as number)
