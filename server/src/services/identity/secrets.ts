import { hash as digest, randomBytes, randomInt } from 'node:crypto'
import { Secret } from 'otpauth'

/* Where the randomness of this service comes from. */

/** 256 random bits in 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** SHA-256 in hex; only for what is random already. */
export const secretHash = (secret: string): string => digest('sha256', secret, 'hex')

export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

/** Without letters and digits that are mistaken for each other. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789'
const READABLE_GROUP = 4

/** Groups of four readable characters: about 20 bits each. */
export const newReadableSecret = (groups: number): string =>
  Array.from({ length: groups }, () => Array.from({ length: READABLE_GROUP }, () => READABLE[randomInt(READABLE.length)]).join('')).join(
    '-',
  )
