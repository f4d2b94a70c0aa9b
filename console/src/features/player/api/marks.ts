import { useStored } from '../../../lib/stored.ts'

/** Marks that a person sets while watching, kept in this browser, in order. */
export function useMarks(assetId: string): { marks: readonly number[]; toggle: (frame: number) => void } {
  const [marks, setMarks] = useStored<readonly number[]>(`marks.${assetId}`, NONE)
  const toggle = (frame: number) =>
    setMarks(marks.includes(frame) ? marks.filter((mark) => mark !== frame) : [...marks, frame].sort((a, b) => a - b))
  return { marks, toggle }
}

const NONE: readonly number[] = []

/** The nearest mark before or after a frame; null when there is none that way. */
export function nextMark(marks: readonly number[], frame: number, way: 1 | -1): number | null {
  const there = marks.filter((mark) => (way > 0 ? mark > frame : mark < frame))
  return (way > 0 ? there[0] : there.at(-1)) ?? null
}
