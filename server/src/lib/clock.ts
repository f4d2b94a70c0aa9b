/** Wall time for records, monotonic time for durations. In a cluster the wall time is the database's. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
  /** Milliseconds from an arbitrary start; never runs backwards. */
  monotonic(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export function fakeClock(startMs = Date.UTC(2026, 0, 1)): Clock & { advance(ms: number): void } {
  let nowMs = startMs
  return { now: () => nowMs, monotonic: () => nowMs, advance: (ms) => void (nowMs += ms) }
}

export const isoTime = (ms: number): string => new Date(ms).toISOString()
