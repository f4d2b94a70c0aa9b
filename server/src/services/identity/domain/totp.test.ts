import { expect, test } from 'vitest'
import { isTotpCode, recoveryCodeHash, totpCode, totpStep, totpUri } from './totp.ts'

/** The secret of RFC 6238, appendix B: "12345678901234567890" in base 32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const STEP_MS = 30_000

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
])('at %i s the code is that of RFC 6238', (seconds, code) => {
  expect(totpCode(SECRET, seconds * 1_000)).toBe(code)
})

test('a code counts one step before and after its own, and no further', () => {
  const now = 1_000 * STEP_MS
  const codeAt = (step: number) => totpCode(SECRET, step * STEP_MS)
  expect([998, 999, 1_000, 1_001, 1_002].map((step) => totpStep(SECRET, codeAt(step), now, 0))).toEqual([null, 999, 1_000, 1_001, null])
})

test('a step that was used, or one before it, does not count again', () => {
  const now = 1_000 * STEP_MS
  expect(totpStep(SECRET, totpCode(SECRET, now), now, 1_000)).toBeNull()
  expect(totpStep(SECRET, totpCode(SECRET, now - STEP_MS), now, 1_000)).toBeNull()
  expect(totpStep(SECRET, totpCode(SECRET, now + STEP_MS), now, 1_000)).toBe(1_001)
})

test('an authenticator can read the address, and recovery codes need no exact spelling', () => {
  expect(totpUri(SECRET, 'ada lovelace')).toMatch(/^otpauth:\/\/totp\/Capstan:ada%20lovelace\?.*secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ/)
  expect(recoveryCodeHash('ABCD-efgh')).toBe(recoveryCodeHash('abcd efgh'))
  expect([isTotpCode('123456'), isTotpCode('12345'), isTotpCode('abcd-efgh')]).toEqual([true, false, false])
})
