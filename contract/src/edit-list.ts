import { rescale } from './rational.ts'

/** One entry of an MP4 edit list (ISO/IEC 14496-12 §8.6.6): `mediaTime` in the track's ticks, -1 for an empty edit; `duration` in the movie's. */
export type Edit = { mediaTime: number; duration: number }
export type Timescales = { movie: number; track: number }

/** When media time `ticks` (of the track) is presented, in the track's ticks from the start; null where the edits leave it out. */
export function presentedAt(ticks: number, edits: readonly Edit[], { movie, track }: Timescales): number | null {
  const inTrack = (duration: number) => rescale(duration, { num: 1, den: movie }, { num: 1, den: track })
  let before = 0
  for (const { mediaTime, duration } of edits) {
    const length = inTrack(duration)
    // A duration of 0 in a fragmented file means "to the end".
    const isLast = duration === 0
    if (mediaTime >= 0 && ticks >= mediaTime && (isLast || ticks < mediaTime + length)) return before + ticks - mediaTime
    before += length
  }
  return edits.length === 0 ? ticks : null
}

/** Samples that are heard: an encoder's priming (1,024 or 2,112 for AAC) and its padding of the last packet are not. */
export const heardSamples = (coded: number, priming: number, padding: number): number => Math.max(0, coded - priming - padding)
