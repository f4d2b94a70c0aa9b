import { expect, test } from 'vitest'
import { addressSubject, afterFailure, isLocked, LOCK_OUT, nameSubject, type LockOut } from './lock-out.ts'

const NOW = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000
const ada = nameSubject('ada')

const failures = (count: number, subject = ada, stepMs = 0): LockOut =>
  Array.from({ length: count }).reduce<LockOut | null>((before, _, index) => afterFailure(before, subject, NOW + index * stepMs), null)!

test('four failures lock nobody, the fifth for a minute', () => {
  expect(isLocked(failures(4), NOW)).toBe(false)
  expect(failures(5).lockedUntilMs).toBe(NOW + MINUTE_MS)
  expect(isLocked(failures(5), NOW + MINUTE_MS - 1)).toBe(true)
  expect(isLocked(failures(5), NOW + MINUTE_MS)).toBe(false)
  expect(isLocked(null, NOW)).toBe(false)
})

test('the lock doubles with every further failure, up to an hour', () => {
  const minutes = [6, 7, 8, 9, 10, 11, 12, 100].map((count) => (failures(count).lockedUntilMs! - NOW) / MINUTE_MS)
  expect(minutes).toEqual([2, 4, 8, 16, 32, 60, 60, 60])
})

test('failures are forgotten a quarter of an hour after the last one, or after the lock', () => {
  expect(afterFailure(failures(4), ada, NOW + LOCK_OUT.windowMs + 1)).toMatchObject({ failures: 1, lockedUntilMs: null })
  expect(afterFailure(failures(4), ada, NOW + LOCK_OUT.windowMs)).toMatchObject({ failures: 5 })
  const locked = failures(12)
  expect(afterFailure(locked, ada, locked.lockedUntilMs! + LOCK_OUT.windowMs)).toMatchObject({ failures: 13 })
  expect(afterFailure(locked, ada, locked.lockedUntilMs! + LOCK_OUT.windowMs + 1)).toMatchObject({ failures: 1 })
})

test('an address, behind which many people may sit, is locked later', () => {
  const office = addressSubject('192.0.2.1')
  expect(failures(19, office).lockedUntilMs).toBeNull()
  expect(failures(20, office).lockedUntilMs).toBe(NOW + MINUTE_MS)
})

test('spellings of one name and addresses of one IPv6 network count together', () => {
  expect(nameSubject('ÄDA')).toBe(nameSubject('a\u0308da'))
  expect(nameSubject('ada')).not.toContain('ada')
  expect(addressSubject('2001:db8:0:1::5')).toBe(addressSubject('2001:db8::1:9:8:7:6'))
  expect(addressSubject('2001:db8::5')).toBe('address:2001:db8:0:0::/64')
  expect(addressSubject('2001:db8:1::5')).not.toBe(addressSubject('2001:db8:2::5'))
  expect(addressSubject('::ffff:192.0.2.1')).toBe(addressSubject('192.0.2.1'))
  expect(addressSubject('::1')).toBe('address:0:0:0:0::/64')
})
