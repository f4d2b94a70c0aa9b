import { intoShots, type Sighting } from './keyframe-choice.ts'
import type { FrameLook } from './keyframe-look.ts'

/** Line-up (bars, clock, slate) is looked for in this stretch from the start. */
const LINE_UP_US_MAX = 300e6
/** After bars, a clock and its black end within this time. */
const CLOCK_US_MAX = 90e6

const isBlank = (look: FrameLook): boolean => look.lumaDeviation < 8 || look.entropy < 2

/**
 * The frame that stands for the film: sharp in contrast, well exposed, near a tenth of its length; not black, bars, line-up or in a fade
 * as long as there is anything else. Null without frames.
 */
export function choosePoster(sightings: readonly Sighting[]): Sighting | null {
  const lastUs = sightings.at(-1)?.timeUs ?? 0
  const from = lineUpEndUs(sightings)
  let best: { sighting: Sighting; merit: number } | null = null
  for (const shot of intoShots(sightings)) {
    const contrastOfShot = Math.max(...shot.map((sighting) => sighting.look.lumaDeviation))
    for (const sighting of shot) {
      const late = sighting.timeUs >= from ? 1 : 0.05
      const merit = meritOf(sighting, lastUs, contrastOfShot) * late
      if (best === null || merit > best.merit) best = { sighting, merit }
    }
  }
  return best?.sighting ?? null
}

function meritOf({ look, timeUs, cut }: Sighting, lastUs: number, contrastOfShot: number): number {
  if (look.bars) return 0.001
  if (isBlank(look)) return 0.0001 + look.entropy / 1e5
  const exposure = Math.max(0.1, 1 - Math.abs(look.lumaMean - 112) / 140)
  const contrast = Math.min(1, look.lumaDeviation / 50)
  const fade = look.lumaDeviation < contrastOfShot * 0.6 ? 0.5 : 1
  // The first frame after a cut is often still half in a dissolve.
  const settled = cut ? 0.9 : 1
  const position = lastUs === 0 ? 0 : timeUs / lastUs
  return (look.entropy / 8) * exposure * contrast * fade * settled * (1 / (1 + 2 * Math.abs(position - 0.1)))
}

/**
 * Where the programme begins: after the last bars near the start and, if black follows within the time of a clock, after that black.
 * 0 where no bars were seen.
 */
export function lineUpEndUs(sightings: readonly Sighting[]): number {
  const lastBars = sightings.findLast((sighting) => sighting.look.bars && sighting.timeUs <= LINE_UP_US_MAX)
  if (lastBars === undefined) return 0
  const after = sightings.filter((sighting) => sighting.timeUs > lastBars.timeUs)
  const lastBlack = after.findLast((sighting) => isBlank(sighting.look) && sighting.timeUs <= lastBars.timeUs + CLOCK_US_MAX)
  return (lastBlack ?? lastBars).timeUs + 1
}
