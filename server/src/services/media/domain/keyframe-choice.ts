import { unlikeness, type FrameLook } from './keyframe-look.ts'

/** A frame that was looked at; `tile` is its place in the sheets, in time order. */
export type Sighting = { tile: number; timeUs: number; cut: boolean; sceneScore: number; look: FrameLook }

/** Seconds between two pictures: at least one, and at most about 2,000 pictures in all; a clip of under ten seconds still gets ten. */
export function pictureIntervalS(durationS: number | null): number {
  if (durationS !== null && durationS < 10) return Math.max(0.1, durationS / 10)
  return Math.max(1, (durationS ?? 0) / 2000)
}

/** Most key frames that an asset has. */
export const KEYFRAMES_MAX = 600

/** Below this difference a later frame of a shot shows nothing new. */
const SAME_PICTURE = 2
/** Above it two neighbours are of different shots, though the cut itself fell too close to the frame before to be taken. */
const OTHER_SHOT = 40

/** At most `max` key frames in time order: the first of every shot, the rest shared among the shots by their length; what looks the same as the frame before it is left out. */
export function chooseKeyframes(sightings: readonly Sighting[], max: number = KEYFRAMES_MAX): Sighting[] {
  const shots = intoShots(sightings).map(withoutRepeats)
  if (shots.length >= max) return evenly(shots, max).map((shot) => shot[0]!)
  const extra = shareOut(
    shots.map((shot) => shot.length - 1),
    max - shots.length,
  )
  return shots.flatMap((shot, i) => evenly(shot, 1 + extra[i]!))
}

/** Runs of frames that begin with a cut, or with a picture quite unlike the one before. */
export function intoShots(sightings: readonly Sighting[]): Sighting[][] {
  const shots: Sighting[][] = []
  for (const sighting of sightings) {
    const shot = shots.at(-1)
    const before = shot?.at(-1)
    if (shot === undefined || before === undefined || sighting.cut || unlikeness(before.look, sighting.look) > OTHER_SHOT)
      shots.push([sighting])
    else shot.push(sighting)
  }
  return shots
}

function withoutRepeats(shot: readonly Sighting[]): Sighting[] {
  const kept: Sighting[] = []
  for (const sighting of shot) {
    const last = kept.at(-1)
    if (last === undefined || unlikeness(last.look, sighting.look) >= SAME_PICTURE) kept.push(sighting)
  }
  return kept
}

/** Shares `total` in proportion to what each could take, never more than that; the largest remainders get what rounding left over. */
function shareOut(wanted: readonly number[], total: number): number[] {
  const sum = wanted.reduce((a, b) => a + b, 0)
  if (sum <= total) return [...wanted]
  const exact = wanted.map((count) => (count * total) / sum)
  const shares = exact.map(Math.floor)
  const left = total - shares.reduce((a, b) => a + b, 0)
  const byRemainder = exact.map((value, i) => ({ i, remainder: value - shares[i]! })).sort((a, b) => b.remainder - a.remainder || a.i - b.i)
  for (const { i } of byRemainder.slice(0, left)) shares[i]!++
  return shares
}

/** `count` of the items, spread evenly, the first always among them. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!)
}
