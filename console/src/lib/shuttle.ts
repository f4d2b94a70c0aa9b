/** Speeds of the L key; J goes through the same ones backwards. */
const SPEEDS = [1, 2, 4] as const

/** J or L while K is down. */
export const SLOW = 0.25

/** Speeds at which sound is heard. */
export const SOUND_SPEEDS: readonly number[] = [1, 2]

/** The speed after J, K or L: the same key again goes faster, the other one starts at normal speed its way, K stops. */
export function shuttle(speed: number, key: 'j' | 'k' | 'l'): number {
  if (key === 'k') return 0
  const way = key === 'l' ? 1 : -1
  if (Math.sign(speed) !== way) return way
  const at = SPEEDS.findIndex((known) => known === Math.abs(speed))
  return way * (SPEEDS[Math.min(at + 1, SPEEDS.length - 1)] ?? 1)
}
