import type { AudioStream } from '@capstan/contract/technical'

/** One channel of one stream: `stream` is ffmpeg's index, `channel` counts from 0. */
export type Channel = { stream: number; channel: number }

/** A stereo picture of some channels: `pair` takes two as left and right (the same twice for mono), `downmix` folds a surround stream. */
export type StereoSource = { kind: 'pair'; left: Channel; right: Channel } | { kind: 'downmix'; stream: number; layout: SurroundLayout }

export type SurroundLayout = '5.1' | '7.1' | '5.0' | '4.0' | '3.0'

export type StereoTrack = {
  /** Counts from 1; also in the file's name. */
  number: number
  /** `Channels 1 and 2`, `5.1 front`, `fra`. */
  label: string
  language: string | null
  source: StereoSource
}

export type AudioMap = { monitor: StereoSource; monitorLabel: string; tracks: StereoTrack[] }

/** Matrix order is ffmpeg's: FL FR FC LFE BL BR SL SR. */
const LAYOUTS: Record<string, SurroundLayout> = {
  '5.1': '5.1',
  '5.1(side)': '5.1',
  '7.1': '7.1',
  '5.0': '5.0',
  '5.0(side)': '5.0',
  '4.0': '4.0',
  '3.0': '3.0',
}
const PAIR_NAMES: Record<string, string[]> = {
  '5.1': ['front', 'centre and LFE', 'surround'],
  '7.1': ['front', 'centre and LFE', 'back', 'side'],
  '5.0': ['front', 'centre and surround left', 'surround right'],
}

/**
 * Which channels a reviewer hears and which pairs stand beside: a lone stream as it is, a surround stream folded down unless a stereo mix of the
 * same language is there too, mono tracks in pairs (1 and 2 are the mix, as broadcasters lay them), tracks of other languages each on their own.
 * Null without sound. Tracks are listed where there is more than one stereo picture's worth of channels.
 */
export function planAudio(streams: readonly AudioStream[]): AudioMap | null {
  const heard = streams.filter((stream) => soundChannels(stream).length > 0)
  const first = heard[0]
  if (!first) return null
  const tracks = stereoTracks(heard)
  const { source, label } = monitorOf(heard, first, tracks)
  const total = heard.reduce((sum, stream) => sum + soundChannels(stream).length, 0)
  const isOnePicture = total <= 2 && (heard.length === 1 || tracks.length === 1)
  return { monitor: source, monitorLabel: label, tracks: isOnePicture ? [] : tracks }
}

/** The channels that are no data: Dolby E would be noise at full level. */
function soundChannels({ channels, dataChannels = [] }: AudioStream): number[] {
  const data = new Set(dataChannels.map(({ channel }) => channel))
  return Array.from({ length: channels }, (_, channel) => channel).filter((channel) => !data.has(channel))
}

const DATA_NAMES = { dolby_e: 'Dolby E', s337m: 'data (SMPTE ST 337)' }

/** What is left out of every mix, a sentence for each stream that carries it. */
export const dataSentences = (streams: readonly AudioStream[]): string[] =>
  streams.flatMap(({ index, dataChannels = [] }) => {
    const [first] = dataChannels
    if (!first) return []
    const which = dataChannels.map(({ channel }) => channel + 1).join(', ')
    return [`sound stream ${index} carries ${DATA_NAMES[first.codec]} in channel ${which}: it is never played as sound`]
  })

function monitorOf(
  streams: readonly AudioStream[],
  first: AudioStream,
  tracks: readonly StereoTrack[],
): { source: StereoSource; label: string } {
  const layout = first.dataChannels?.length ? undefined : LAYOUTS[first.layout ?? '']
  const stereo = streams.find(
    (stream) =>
      stream.channels === 2 &&
      soundChannels(stream).length === 2 &&
      (stream.language ?? first.language) === (first.language ?? stream.language),
  )
  if (layout && stereo) return { source: pairOf(stereo.index, 0, 1), label: 'the stereo mix beside the surround sound' }
  if (layout) return { source: { kind: 'downmix', stream: first.index, layout }, label: `${layout} folded down` }
  const track = tracks[0] as StereoTrack
  return { source: track.source, label: track.label }
}

const pairOf = (stream: number, left: number, right: number): StereoSource => ({
  kind: 'pair',
  left: { stream, channel: left },
  right: { stream, channel: right },
})

function stereoTracks(streams: readonly AudioStream[]): StereoTrack[] {
  const groups = isPairedMono(streams) ? pairedMono(streams) : streams.flatMap((stream) => withinStream(stream, streams.length > 1))
  return groups.map((group, index) => ({ number: index + 1, ...group }))
}

type Group = Omit<StereoTrack, 'number'>

/** Mono tracks of one language belong together; of several languages each is a programme. */
const isPairedMono = (streams: readonly AudioStream[]): boolean =>
  streams.length > 1 && streams.every((stream) => stream.channels === 1) && new Set(streams.map((stream) => stream.language)).size === 1

function pairedMono(streams: readonly AudioStream[]): Group[] {
  return chunked(streams).map(([left, right], index) => ({
    label: right ? `Tracks ${index * 2 + 1} and ${index * 2 + 2}` : `Track ${index * 2 + 1}`,
    language: left.language,
    source: { kind: 'pair', left: { stream: left.index, channel: 0 }, right: { stream: (right ?? left).index, channel: 0 } },
  }))
}

function withinStream(stream: AudioStream, isOneOfSeveral: boolean): Group[] {
  const names = stream.dataChannels?.length ? undefined : PAIR_NAMES[LAYOUTS[stream.layout ?? ''] ?? '']
  const own = isOneOfSeveral ? (stream.title ?? stream.language ?? `Track ${stream.index}`) : null
  return chunked(soundChannels(stream)).map(([left, right], index) => {
    const channels = names ? `${stream.layout} ${names[index]}` : channelNames(stream.channels, left, right)
    const label = own === null ? channels : stream.channels <= 2 ? own : `${own}, ${channels}`
    return { label, language: stream.language, source: pairOf(stream.index, left, right ?? left) }
  })
}

function channelNames(count: number, left: number, right: number | undefined): string {
  if (count === 1) return 'Mono'
  if (count === 2) return 'Stereo'
  return right === undefined ? `Channel ${left + 1}` : `Channels ${left + 1} and ${right + 1}`
}

function chunked<T>(items: readonly T[]): [T, T | undefined][] {
  return items.flatMap((item, index) => (index % 2 === 0 ? [[item, items[index + 1]] as [T, T | undefined]] : []))
}

/** ITU-R BS.775 coefficients by channel index, scaled by `pan` (`<`) so that the sum cannot clip. */
const DOWNMIX: Record<SurroundLayout, string> = {
  '3.0': 'c0<c0+0.707*c2|c1<c1+0.707*c2',
  '4.0': 'c0<c0+0.707*c2+0.5*c3|c1<c1+0.707*c2+0.5*c3',
  '5.0': 'c0<c0+0.707*c2+0.707*c3|c1<c1+0.707*c2+0.707*c4',
  '5.1': 'c0<c0+0.707*c2+0.707*c4|c1<c1+0.707*c2+0.707*c5',
  '7.1': 'c0<c0+0.707*c2+0.5*c4+0.5*c6|c1<c1+0.707*c2+0.5*c5+0.5*c7',
}

/**
 * ffmpeg's filter graph: every stream is put on the picture's clock first (`shiftUs` earlier, silence before a late start, holes filled), then
 * each stereo source takes its channels. Output labels are `outputs`, in order.
 */
export function audioGraph(sources: readonly StereoSource[], outputs: readonly string[], shiftUs: number): string {
  const uses = new Map<number, string[]>()
  const take = (stream: number): string => {
    const labels = uses.get(stream) ?? []
    const label = `s${stream}_${labels.length}`
    uses.set(stream, [...labels, label])
    return `[${label}]`
  }
  const mixes = sources.map((source, index) => `${stereoFilter(source, take)}[${outputs[index]}]`)
  const shift = shiftUs === 0 ? '' : `asetpts=PTS-(${shiftUs}/1000000)/TB,`
  const prepared = [...uses].map(([stream, labels]) => {
    const split = labels.length > 1 ? `,asplit=${labels.length}` : ''
    return `[0:${stream}]${shift}aresample=48000:async=1:first_pts=0${split}${labels.map((label) => `[${label}]`).join('')}`
  })
  return [...prepared, ...mixes].join(';')
}

function stereoFilter(source: StereoSource, take: (stream: number) => string): string {
  if (source.kind === 'downmix') return `${take(source.stream)}pan=stereo|${DOWNMIX[source.layout]}`
  const { left, right } = source
  if (left.stream === right.stream) return `${take(left.stream)}pan=stereo|c0=c${left.channel}|c1=c${right.channel}`
  return `${take(left.stream)}${take(right.stream)}join=inputs=2:channel_layout=stereo:map=0.${left.channel}-FL|1.${right.channel}-FR`
}
