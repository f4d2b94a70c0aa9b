import { toNumber } from '@capstan/contract/rational'
import type { Fraction } from '@capstan/contract/technical'

export type HlsVideo = { playlist: string; width: number; height: number; rate: Fraction | null; level: number; profile: string }
export type HlsAudio = { playlist: string; name: string; language: string | null }

const AAC_LC = 'mp4a.40.2'

/** The master playlist (RFC 8216): the picture with its sounds as one group, or the sound alone. `bitsPerSecond` is the peak. */
export function masterPlaylist(video: HlsVideo | null, audio: readonly HlsAudio[], bitsPerSecond: number): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS']
  const [first] = audio
  if (!video) {
    const alone = first
      ? [`#EXT-X-STREAM-INF:BANDWIDTH=${bitsPerSecond},CODECS="${AAC_LC}"${audio.length > 1 ? ',AUDIO="sound"' : ''}`, first.playlist]
      : []
    const group = audio.length > 1 ? audio.map(mediaLine) : []
    return [...lines, ...group, ...alone, ''].join('\n')
  }
  const codecs = [avcCodec(video), ...(first ? [AAC_LC] : [])].join(',')
  const attributes = [
    `BANDWIDTH=${bitsPerSecond}`,
    `CODECS="${codecs}"`,
    `RESOLUTION=${video.width}x${video.height}`,
    ...(video.rate ? [`FRAME-RATE=${toNumber(video.rate).toFixed(3)}`] : []),
    ...(first ? ['AUDIO="sound"'] : []),
  ]
  return [...lines, ...audio.map(mediaLine), `#EXT-X-STREAM-INF:${attributes.join(',')}`, video.playlist, ''].join('\n')
}

function mediaLine({ playlist, name, language }: HlsAudio, index: number): string {
  const spoken = language && /^[A-Za-z-]{2,20}$/.test(language) ? `,LANGUAGE="${language}"` : ''
  const shown = name.replace(/["\r\n]/g, "'")
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="${shown}"${spoken},DEFAULT=${index === 0 ? 'YES' : 'NO'},AUTOSELECT=YES,CHANNELS="2",URI="${playlist}"`
}

const PROFILES: Record<string, string> = { High: '6400', Main: '4d40', Baseline: '4200', 'Constrained Baseline': '42c0' }

/** RFC 6381: profile, constraints and level of the parameter set. */
const avcCodec = ({ profile, level }: HlsVideo): string => `avc1.${PROFILES[profile] ?? '6400'}${level.toString(16).padStart(2, '0')}`

/** Seconds of each segment in a media playlist. */
export const segmentSeconds = (playlist: string): number[] => [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => Number(match[1]))
