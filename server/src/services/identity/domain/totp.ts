import { createHash } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

const PERIOD_S = 30
/** One step of 30 s to either side, for clocks that differ. */
const WINDOW = 1

/** RFC 6238 with what every authenticator app supports: SHA-1, 6 digits, 30 s. */
const totpOf = (secret: string): TOTP =>
  new TOTP({ issuer: 'Capstan', secret: Secret.fromBase32(secret), period: PERIOD_S, digits: 6, algorithm: 'SHA1' })

/** The step that `code` belongs to, or null when it is wrong. A step up to `lastStep` was used before and counts as wrong. */
export function totpStep(secret: string, code: string, nowMs: number, lastStep: number): number | null {
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: WINDOW })
  if (delta === null) return null
  const step = Math.floor(nowMs / 1_000 / PERIOD_S) + delta
  return step > lastStep ? step : null
}

export const totpCode = (secret: string, nowMs: number): string => totpOf(secret).generate({ timestamp: nowMs })

/** What the authenticator reads from the QR code. */
export const totpUri = (secret: string, userName: string): string =>
  new TOTP({ issuer: 'Capstan', label: userName, secret: Secret.fromBase32(secret), period: PERIOD_S }).toString()

export const isTotpCode = (code: string): boolean => /^\d{6}$/.test(code)

/** Recovery codes carry 80 random bits, so a plain SHA-256 keeps them. Case, blanks and dashes do not matter. */
export const recoveryCodeHash = (code: string): string =>
  createHash('sha256').update(code.toLowerCase().replaceAll(/[\s-]/g, '')).digest('hex')
