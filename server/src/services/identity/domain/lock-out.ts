import { createHash } from 'node:crypto'
import { folded } from './user.ts'

const MINUTE_MS = 60_000

export const LOCK_OUT = {
  /** More for an address than for a name: a whole building may share one. */
  failuresMax: { name: 5, address: 20 },
  windowMs: 15 * MINUTE_MS,
  firstLockMs: MINUTE_MS,
  lockMsMax: 60 * MINUTE_MS,
} as const

/** Failed sign-ins of one name or from one address. */
export type LockOut = Readonly<{ failures: number; lastFailureAtMs: number; lockedUntilMs: number | null }>

/** `name:…` or `address:…`. Names are hashed: people type their password there by mistake. */
export type LockOutSubject = `name:${string}` | `address:${string}`

export const nameSubject = (name: string): LockOutSubject => `name:${createHash('sha256').update(folded(name)).digest('hex')}`

/** One IPv6 subscriber has at least a /64, so that is what counts. */
export const addressSubject = (address: string): LockOutSubject =>
  `address:${address.includes(':') ? ipv6Network(address) : address.slice(0, 100)}`

function ipv6Network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

export const isLocked = (lockOut: LockOut | null, nowMs: number): boolean => lockOut?.lockedUntilMs != null && lockOut.lockedUntilMs > nowMs

/** Forgotten when nothing failed for a whole window after the last failure or lock. */
const isForgotten = (lockOut: LockOut, nowMs: number): boolean =>
  nowMs - Math.max(lockOut.lastFailureAtMs, lockOut.lockedUntilMs ?? 0) > LOCK_OUT.windowMs

/** One more failure. From the limit on every failure locks, each time twice as long. */
export function afterFailure(before: LockOut | null, subject: LockOutSubject, nowMs: number): LockOut {
  const failures = before === null || isForgotten(before, nowMs) ? 1 : before.failures + 1
  const over = failures - LOCK_OUT.failuresMax[subject.startsWith('name:') ? 'name' : 'address']
  const lockMs = Math.min(LOCK_OUT.firstLockMs * 2 ** Math.min(over, 30), LOCK_OUT.lockMsMax)
  return { failures, lastFailureAtMs: nowMs, lockedUntilMs: over < 0 ? null : nowMs + lockMs }
}
