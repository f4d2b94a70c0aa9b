import { toNumber } from '@capstan/contract/rational'
import type { Fraction } from '@capstan/contract/technical'

export type HlsVideo = { playlist: string; width: number; height: number; rate: Fraction | null; level: number; profile: string }
export type HlsAudio = { playlist: string; name: string; language: string | null }
export type HlsCaptions = { playlist: string; name: string; language: string | null; forced: boolean }

const AAC_LC = 'mp4a.40.2'

/**
 * The master playlist (RFC 8216): the picture with its sounds and its captions as groups, or the sound alone. `bitsPerSecond` is the peak.
 */
export function masterPlaylist(
  video: HlsVideo | null,
  audio: readonly HlsAudio[],
  captions: readonly HlsCaptions[],
  bitsPerSecond: number,
): string {
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
    ...(captions.length > 0 ? ['SUBTITLES="captions"'] : []),
  ]
  return [
    ...lines,
    ...audio.map(mediaLine),
    ...namedOnce(captions).map(captionLine),
    `#EXT-X-STREAM-INF:${attributes.join(',')}`,
    video.playlist,
    '',
  ].join('\n')
}

function mediaLine({ playlist, name, language }: HlsAudio, index: number): string {
  const isDefault = index === 0 ? 'YES' : 'NO'
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="${shown(name)}"${spoken(language)},DEFAULT=${isDefault},AUTOSELECT=YES,CHANNELS="2",URI="${playlist}"`
}

/** Nobody asked for them: no track of captions is on unless it is chosen. */
function captionLine({ playlist, name, language, forced }: HlsCaptions): string {
  const isForced = forced ? 'YES' : 'NO'
  return `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="${shown(name)}"${spoken(language)},DEFAULT=NO,AUTOSELECT=YES,FORCED=${isForced},URI="${playlist}"`
}

/** Names are unique in a group (RFC 8216, 4.3.4.1.1). */
const namedOnce = (captions: readonly HlsCaptions[]): HlsCaptions[] =>
  captions.map((track, index) => {
    const before = captions.slice(0, index).filter(({ name }) => name === track.name).length
    return before === 0 ? track : { ...track, name: `${track.name} ${before + 1}` }
  })

const spoken = (language: string | null): string => (language && /^[A-Za-z-]{2,20}$/.test(language) ? `,LANGUAGE="${language}"` : '')
const shown = (name: string): string => name.replace(/["\p{Cc}]/gu, "'")

/** The playlist of one WebVTT file that lasts as long as the film. */
export function captionPlaylist(file: string, seconds: number): string {
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(seconds))}`, '#EXT-X-MEDIA-SEQUENCE:0']
  return [...head, '#EXT-X-PLAYLIST-TYPE:VOD', `#EXTINF:${seconds.toFixed(6)},`, file, '#EXT-X-ENDLIST', ''].join('\n')
}

const PROFILES: Record<string, string> = { High: '6400', Main: '4d40', Baseline: '4200', 'Constrained Baseline': '42c0' }

/** RFC 6381: profile, constraints and level of the parameter set. */
const avcCodec = ({ profile, level }: HlsVideo): string => `avc1.${PROFILES[profile] ?? '6400'}${level.toString(16).padStart(2, '0')}`

/** Seconds of each segment in a media playlist. */
export const segmentSeconds = (playlist: string): number[] => [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map((match) => Number(match[1]))
