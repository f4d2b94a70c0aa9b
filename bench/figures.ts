/** One measured number. `value` is null where it could not be taken; `goal` null where there is none. */
export type Figure = { name: string; value: number | null; unit: string; goal: number | null; better: 'higher' | 'lower' }

export type Bench = (options: { quick: boolean; folder: string }) => Promise<{ figures: Figure[] }>

export const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN

export const median = (values: readonly number[]): number =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))
