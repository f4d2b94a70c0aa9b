import type { TextStream, Technical } from '@capstan/contract/technical'
import { captionText } from './caption-text.ts'
import { mainVideo } from './technical.ts'

/** Times in milliseconds of the proxy's clock; `text` is WebVTT cue text. */
export type Cue = { startMs: number; endMs: number; text: string }

const CUES_MAX = 50_000
const CUE_CHARACTERS_MAX = 2_000
const DAY_MS = 24 * 3_600_000

/** Bitmaps (PGS, DVB, DVD) and teletext are no text. */
const TEXT_CODECS = new Set([
  ...[
    'subrip',
    'srt',
    'mov_text',
    'webvtt',
    'ass',
    'ssa',
    'text',
    'eia_608',
    'sami',
    'microdvd',
    'jacosub',
    'stl',
    'realtext',
    'subviewer',
  ],
  ...['subviewer1', 'mpl2', 'pjs', 'vplayer'],
])

/** The streams of a source that can be read as text. */
export const captionStreams = ({ text }: Technical): TextStream[] => text.filter(({ codec }) => TEXT_CODECS.has(codec))

/** How a track is offered: its title, else its language's code, else its number among the tracks. */
export function captionLabel({ title, language, forced }: TextStream, number: number): string {
  const name = title ?? language ?? `Captions ${number}`
  return forced && !/forced/i.test(name) ? `${name} (forced)` : name
}

/** How much earlier a caption is on the proxy's clock than on ffmpeg's: as much as the proxy's sound. */
export const captionShiftMs = (technical: Technical): number =>
  ((mainVideo(technical)?.startUs ?? technical.format.startUs) - technical.format.startUs) / 1_000

const TIMING = /^((?:\d+:)?\d{2}:\d{2}\.\d{3})[ \t]+-->[ \t]+((?:\d+:)?\d{2}:\d{2}\.\d{3})/

/**
 * The cues of what ffmpeg wrote as WebVTT, `shiftMs` earlier, in order, cleaned; those that end before the film begins are left out, those that
 * last beyond `durationMs` end with it. `truncated` when there were more than 50,000.
 */
export function readCues(webvtt: string, { shiftMs, durationMs }: { shiftMs: number; durationMs: number | null }) {
  const blocks = webvtt.replace(/\r\n?/g, '\n').split(/\n{2,}/)
  const endMsMax = durationMs ?? DAY_MS * 4
  const cues: Cue[] = []
  let truncated = false
  for (const block of blocks) {
    const lines = block.split('\n')
    const at = lines.findIndex((line) => TIMING.test(line))
    // A cue's identifier may stand before its times, nothing else.
    if (at < 0 || at > 1) continue
    const [, from = '', to = ''] = TIMING.exec(lines[at] as string) ?? []
    const startMs = Math.max(0, Math.round(milliseconds(from) - shiftMs))
    const endMs = Math.min(endMsMax, Math.round(milliseconds(to) - shiftMs))
    const text = captionText(lines.slice(at + 1).join('\n'), CUE_CHARACTERS_MAX)
    if (text === '' || endMs <= startMs) continue
    if (cues.length === CUES_MAX) {
      truncated = true
      break
    }
    cues.push({ startMs, endMs, text })
  }
  return { cues: cues.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs), truncated }
}

function milliseconds(time: string): number {
  const [seconds = 0, minutes = 0, hours = 0] = time.split(':').reverse().map(Number)
  return Math.round((hours * 3_600 + minutes * 60 + seconds) * 1_000)
}

/** A WebVTT file (W3C WebVTT, 4.1). */
export const webvttFile = (cues: readonly Cue[]): string =>
  `${['WEBVTT', ...cues.map(({ startMs, endMs, text }) => `${clock(startMs)} --> ${clock(endMs)}\n${text}`)].join('\n\n')}\n`

function clock(ms: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const seconds = Math.floor(ms / 1_000)
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(ms % 1_000).padStart(3, '0')}`
}
