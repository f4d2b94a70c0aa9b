import { useTranslation } from 'react-i18next'
import { audible, type Switch } from '../../../lib/sound-switches.ts'
import type { StereoFile } from '../api/use-sound.ts'
import { usePeaks, type WaveTrack } from '../api/waveform.ts'
import type { View } from '../../../lib/timeline.ts'
import { Wave } from './Wave.tsx'

export const LANES_MAX = 16

export type Lane = { track: WaveTrack; channel: number; name: string }

/** One lane for every channel of every track, named as its file is where it has one, else as the field does: `A1 L`. */
export function lanesOf(tracks: readonly WaveTrack[], files: readonly StereoFile[]): Lane[] {
  const lanes = tracks.flatMap((track) =>
    Array.from({ length: track.channels }, (_, channel) => ({ track, channel, name: nameOf(track, channel, tracks.length) })),
  )
  const named = lanes.length === files.length ? lanes.map((lane, i) => ({ ...lane, name: files[i]?.label ?? lane.name })) : lanes
  return named.slice(0, LANES_MAX)
}

const SPEAKERS: Record<number, readonly string[]> = {
  2: ['L', 'R'],
  6: ['L', 'R', 'C', 'LFE', 'Ls', 'Rs'],
  8: ['L', 'R', 'C', 'LFE', 'Lb', 'Rb', 'Ls', 'Rs'],
}

function nameOf({ track, channels }: WaveTrack, channel: number, tracks: number): string {
  const speaker = channels === 1 ? '' : (SPEAKERS[channels]?.[channel] ?? String(channel + 1))
  return tracks === 1 && channels > 1 ? speaker : `A${track}${speaker ? ` ${speaker}` : ''}`
}

/** Pixels: room enough to see the sound, more where there is no picture. */
export const laneHeight = (lanes: number, hasPicture: boolean): number =>
  hasPicture ? (lanes <= 2 ? 44 : lanes <= 4 ? 30 : 24) : lanes <= 2 ? 140 : lanes <= 6 ? 64 : 36

type NamesProps = {
  lanes: readonly Lane[]
  hasPicture: boolean
  switches: readonly Switch[]
  onSwitch: (channel: number, what: 'mute' | 'solo') => void
}

/** Names at the left, with solo and mute where the lane is heard. */
export function LaneNames({ lanes, hasPicture, switches, onSwitch }: NamesProps) {
  const { t } = useTranslation()
  const height = laneHeight(lanes.length, hasPicture)
  return lanes.map(({ track, channel, name }, i) => {
    const now = switches[i]
    return (
      <div key={`${track.track}.${channel}`} className="lane-name" style={{ height }}>
        <span className="cut" title={t('player.channel', { track: track.track, channel: channel + 1 })}>
          {name}
        </span>
        {now && (
          <>
            <button
              className="ms"
              aria-pressed={now.solo}
              aria-label={t('player.soloOf', { name })}
              title={t('player.solo')}
              onClick={() => onSwitch(i, 'solo')}
            >
              S
            </button>
            <button
              className="ms mute"
              aria-pressed={now.mute}
              aria-label={t('player.muteOf', { name })}
              title={t('player.muteChannel')}
              onClick={() => onSwitch(i, 'mute')}
            >
              M
            </button>
          </>
        )}
      </div>
    )
  })
}

type WavesProps = {
  lanes: readonly Lane[]
  hasPicture: boolean
  switches: readonly Switch[]
  renditionId: string
  view: View
  rate: { num: number; den: number }
  frames: number
  width: number
}

export function LaneWaves({ lanes, hasPicture, switches, renditionId, view, rate, frames, width }: WavesProps) {
  const heard = audible(switches)
  const close = view.to - view.from < frames / 2
  return lanes.map((lane, i) => (
    <LaneWave
      key={`${lane.track.track}.${lane.channel}`}
      lane={lane}
      heard={heard[i] ?? true}
      height={laneHeight(lanes.length, hasPicture)}
      {...{ renditionId, view, rate, width, close }}
    />
  ))
}

type WaveProps = {
  lane: Lane
  heard: boolean
  height: number
  renditionId: string
  view: View
  rate: { num: number; den: number }
  width: number
  close: boolean
}

function LaneWave({ lane, renditionId, close, ...rest }: WaveProps) {
  const overview = usePeaks(renditionId, lane.track, false)
  const detail = usePeaks(close ? renditionId : null, lane.track, true)
  return <Wave peaks={detail.data ?? overview.data} channel={lane.channel} {...rest} />
}
