import { fraction, isSameFraction, toNumber } from '@capstan/contract/rational'
import type { Fraction } from '@capstan/contract/technical'

const STANDARD: readonly Fraction[] = [
  [24_000, 1_001],
  [24, 1],
  [25, 1],
  [30_000, 1_001],
  [30, 1],
  [48_000, 1_001],
  [48, 1],
  [50, 1],
  [60_000, 1_001],
  [60, 1],
  [100, 1],
  [120_000, 1_001],
  [120, 1],
  [12, 1],
  [12_500, 1_000],
  [15_000, 1_001],
  [15, 1],
  [10, 1],
  [5, 1],
  [1, 1],
  [240, 1],
].map(([num, den]) => fraction(num as number, den as number))

export type RateQuestion = {
  /** When each frame is shown, in ticks, in order. */
  ticks: readonly number[]
  timeBase: Fraction
  /** ffmpeg's r_frame_rate and avg_frame_rate: either may lie. */
  nominal: Fraction | null
  average: Fraction | null
}

/** `missing` frames are holes in an otherwise constant rate: a cut transport stream, an AVI that dropped some. */
export type RateAnswer = { rate: Fraction | null; variable: boolean; missing: number }

/**
 * The constant rate that every time stamp keeps to, or `variable`. First within one tick of the container's clock (Matroska rounds to
 * milliseconds), then within a twentieth of a frame; standard rates before what the header claims.
 */
export function decideRate({ ticks, timeBase, nominal, average }: RateQuestion): RateAnswer {
  if (ticks.length < 2) return { rate: plausible(average) ?? plausible(nominal), variable: false, missing: 0 }
  const first = ticks[0] as number
  const meanStep = ((ticks.at(-1) as number) - first) / (ticks.length - 1)
  if (meanStep <= 0) return { rate: plausible(average) ?? plausible(nominal), variable: false, missing: 0 }
  const secondsATick = toNumber(timeBase)
  const meanRate = 1 / (meanStep * secondsATick)
  const all = candidateRates(nominal, average)
  const candidates = all.filter((rate) => Math.abs(toNumber(rate) / meanRate - 1) < 0.04)
  const fits = (rate: Fraction, tolerance: number) => {
    const step = 1 / (toNumber(rate) * secondsATick)
    return ticks.every((tick, index) => Math.abs(tick - first - index * step) <= Math.max(1.01, tolerance * step))
  }
  for (const tolerance of [0, 0.05]) {
    const rate = candidates.find((candidate) => fits(candidate, tolerance))
    if (rate) return { rate, variable: false, missing: 0 }
  }
  return withHoles(ticks, secondsATick, all) ?? { rate: null, variable: true, missing: 0 }
}

/** A standard rate on whose grid every time stamp lies though a few places of it are empty: at most five, or two in a hundred. */
function withHoles(ticks: readonly number[], secondsATick: number, candidates: readonly Fraction[]): RateAnswer | null {
  const first = ticks[0] as number
  for (const rate of candidates.filter(isStandard)) {
    const step = 1 / (toNumber(rate) * secondsATick)
    const places = ticks.map((tick) => Math.round((tick - first) / step))
    const missing = (places.at(-1) as number) + 1 - ticks.length
    const isOnGrid = ticks.every((tick, index) => Math.abs(tick - first - (places[index] as number) * step) <= Math.max(1.01, 0.05 * step))
    const isRising = places.every((place, index) => index === 0 || place > (places[index - 1] as number))
    if (isOnGrid && isRising && missing <= Math.max(5, ticks.length * 0.02)) return { rate, variable: false, missing }
  }
  return null
}

const isStandard = (rate: Fraction): boolean => STANDARD.some((standard) => isSameFraction(standard, rate))

function candidateRates(nominal: Fraction | null, average: Fraction | null): Fraction[] {
  const claimed = [nominal, average].filter((rate) => rate !== null)
  return [...claimed.filter(isStandard), ...STANDARD, ...claimed]
}

/** A clock such as 90000 or 57600 is no rate of frames. */
const plausible = (rate: Fraction | null): Fraction | null => (rate && toNumber(rate) <= 1_000 ? rate : null)

/** True where each packet holds one field (H.264 PAFF in AVCHD): twice as many packets as decoded frames in the same time. */
export function packetsAreFields(packetTicks: readonly number[], frameTicks: readonly number[]): boolean {
  const [packetStep, frameStep] = [medianStep(packetTicks), medianStep(frameTicks)]
  if (packetStep === null || frameStep === null) return false
  const ratio = frameStep / packetStep
  return ratio > 1.8 && ratio < 2.2
}

function medianStep(ticks: readonly number[]): number | null {
  const steps = ticks
    .slice(1, 200)
    .map((tick, index) => tick - (ticks[index] as number))
    .sort((a, b) => a - b)
  const middle = steps[Math.floor(steps.length / 2)]
  return middle && middle > 0 ? middle : null
}
