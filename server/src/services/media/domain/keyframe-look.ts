import type { RgbFrame } from './keyframe-frame.ts'
import { hasColourBars } from './keyframe-bars.ts'

/** What a small picture looks like, in figures that a choice can be made by. */
export type FrameLook = {
  /** 0 (black) to 255. */
  lumaMean: number
  /** Standard deviation of luma, 0 to 128. */
  lumaDeviation: number
  /** Shannon entropy of luma in bits, 0 to 8. */
  entropy: number
  bars: boolean
  /** Mean luma of 8 x 8 fields: two frames that look alike have signatures that are close. */
  signature: Uint8Array
}

const FIELDS = 8

export function lookAt(frame: RgbFrame): FrameLook {
  const histogram = new Uint32Array(256)
  const fieldSums = new Float64Array(FIELDS * FIELDS)
  const fieldCounts = new Uint32Array(FIELDS * FIELDS)
  const { width, height, data } = frame
  for (let y = 0, at = 0; y < height; y++) {
    const fieldRow = Math.floor((y * FIELDS) / height) * FIELDS
    for (let x = 0; x < width; x++, at += 3) {
      const luma = (54 * data[at]! + 183 * data[at + 1]! + 19 * data[at + 2]!) >> 8
      const field = fieldRow + Math.floor((x * FIELDS) / width)
      histogram[luma]!++
      fieldSums[field]! += luma
      fieldCounts[field]!++
    }
  }
  return {
    ...spread(histogram, width * height),
    bars: hasColourBars(frame),
    signature: Uint8Array.from(fieldSums, (sum, i) => sum / Math.max(1, fieldCounts[i]!)),
  }
}

function spread(histogram: Uint32Array, total: number): { lumaMean: number; lumaDeviation: number; entropy: number } {
  let sum = 0
  let squares = 0
  let entropy = 0
  for (let luma = 0; luma < 256; luma++) {
    const count = histogram[luma]!
    if (count === 0) continue
    sum += luma * count
    squares += luma * luma * count
    entropy -= (count / total) * Math.log2(count / total)
  }
  const lumaMean = sum / total
  return { lumaMean, lumaDeviation: Math.sqrt(Math.max(0, squares / total - lumaMean * lumaMean)), entropy }
}

/** Mean absolute difference of two signatures, 0 to 255; below 2 a person sees the same picture. */
export function unlikeness(a: FrameLook, b: FrameLook): number {
  let sum = 0
  for (let i = 0; i < a.signature.length; i++) sum += Math.abs(a.signature[i]! - b.signature[i]!)
  return sum / a.signature.length
}
