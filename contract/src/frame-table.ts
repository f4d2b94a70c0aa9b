import { z } from 'zod'
import { Fraction } from './technical.ts'

/** When each frame of a variable-rate picture begins: `frames.json` beside its proxy. The first is 0, `ends` is when the last one ends. */
export const FrameTable = z.object({
  version: z.literal(1),
  /** Seconds a tick. */
  timeBase: Fraction,
  starts: z.array(z.int().nonnegative()).min(1),
  ends: z.int().positive(),
})
export type FrameTable = z.infer<typeof FrameTable>

/** The frame on screen at a time in seconds; the first before the start, the last after the end. */
export function tableFrameAt(table: FrameTable, seconds: number): number {
  // A frame's own start, given back by a player as a float, must find that frame: a tenth of a tick is forgiven.
  const ticks = (seconds * table.timeBase.den) / table.timeBase.num + 0.1
  let [low, high] = [0, table.starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((table.starts[middle] as number) <= ticks) low = middle
    else high = middle - 1
  }
  return low
}

/** Seconds at the middle of a frame. Throws RangeError for a frame that is not there. */
export function tableFrameCentre(table: FrameTable, index: number): number {
  const start = table.starts[index]
  if (start === undefined) throw new RangeError(`there is no frame ${index}`)
  const end = table.starts[index + 1] ?? table.ends
  return (((start + end) / 2) * table.timeBase.num) / table.timeBase.den
}
