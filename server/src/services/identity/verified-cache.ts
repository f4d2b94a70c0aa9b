import type { Right } from '@capstan/contract/rights'
import type { Session } from './domain/session.ts'
import type { Token } from './domain/token.ts'
import type { User } from './domain/user.ts'

/** A session or token that was verified a moment ago. */
export type Verified = {
  readonly credential: Readonly<{ kind: 'session'; session: Session }> | Readonly<{ kind: 'token'; token: Token }>
  readonly user: User
  readonly rights: ReadonlySet<Right>
  readonly mustEnrolTotp: boolean
  readonly verifiedAtMs: number
  /** The last use that was written down. */
  writtenUseAtMs: number
}

/** How long another process may go on with what this one has revoked. */
const VERIFIED_MS = 10_000
const ENTRIES_MAX = 10_000

/** Remembers what was verified, by the hash of its secret, for a few seconds. Changes made in this process are seen at once. */
export class VerifiedCache {
  readonly #entries = new Map<string, Verified>()
  #generation = 0

  /** Take it before reading the store, and give it to `set`: what was read before a change is not remembered after it. */
  get generation(): number {
    return this.#generation
  }

  get(secretHash: string, nowMs: number): Verified | null {
    const entry = this.#entries.get(secretHash)
    if (!entry) return null
    const ageMs = nowMs - entry.verifiedAtMs
    if (ageMs >= 0 && ageMs < VERIFIED_MS) return entry
    this.#entries.delete(secretHash)
    return null
  }

  set(secretHash: string, entry: Verified, generation: number): void {
    if (generation !== this.#generation) return
    if (this.#entries.size >= ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(secretHash, entry)
  }

  /** After any change to users, roles, sessions or tokens: verifying again is cheap, being wrong is not. */
  forgetAll(): void {
    this.#generation++
    this.#entries.clear()
  }
}
