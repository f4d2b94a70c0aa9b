import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import type { IdentityDeps } from '../deps.ts'
import { addressSubject, afterFailure, isLocked, LOCK_OUT, nameSubject, type LockOut, type LockOutSubject } from '../domain/lock-out.ts'
import type { User } from '../domain/user.ts'
import { byUser, userEvent } from '../events.ts'

export type Attempt = Readonly<{ accountId: number; name: string; address: string; requestId: string | null }>
export type Refusal = 'password' | 'code' | 'disabled'

const UNKNOWN = { id: 'unknown', name: 'unknown' }

/** The one answer for a wrong name and for a wrong password. */
export const wrongPassword = () =>
  new CapstanError('unauthenticated', 'the name or the password is wrong', { details: { reason: 'wrong_password' } })

/** Throws `rate_limited` while the name or the address is locked; names that do not exist are locked like others. */
export const refuseLocked =
  ({ lockOuts, clock }: Pick<IdentityDeps, 'lockOuts' | 'clock'>) =>
  async (attempt: Attempt): Promise<void> => {
    const nowMs = clock.now()
    const found = await lockOuts.findMany(attempt.accountId, subjectsOf(attempt))
    const untilMs = Math.max(
      ...[...found.values()].filter((lockOut) => isLocked(lockOut, nowMs)).map((lockOut) => lockOut.lockedUntilMs ?? 0),
    )
    if (untilMs <= nowMs) return
    const retryAfterSeconds = Math.ceil((untilMs - nowMs) / 1_000)
    throw new CapstanError('rate_limited', `too many failed attempts: try again in ${retryAfterSeconds} s`, {
      details: { reason: 'locked', retryAfterSeconds },
    })
  }

/** Counts a failed attempt for the name and for the address, and tells about it. */
export const recordFailure =
  ({ lockOuts, clock }: Pick<IdentityDeps, 'lockOuts' | 'clock'>) =>
  async (attempt: Attempt, user: User | null, reason: Refusal): Promise<void> => {
    const nowMs = clock.now()
    await lockOuts.record(
      attempt.accountId,
      subjectsOf(attempt),
      (before, subject) => afterFailure(before, subject, nowMs),
      (after) => [refused(attempt, nowMs, { user, reason }), ...locked(attempt, nowMs, { user, after })],
    )
  }

const subjectsOf = (attempt: Attempt): LockOutSubject[] => [nameSubject(attempt.name), addressSubject(attempt.address)]

/** The name that was typed is not told when nobody has it: it may be a password. */
function refused(attempt: Attempt, atMs: number, { user, reason }: { user: User | null; reason: Refusal }): EventEnvelope {
  const who = user ?? UNKNOWN
  return newEvent('sign_in.refused', atMs, {
    accountId: attempt.accountId,
    ...byUser(who, attempt.requestId),
    subject: { kind: 'user', id: who.id, number: null, name: user?.name ?? null },
    after: { reason, address: attempt.address },
  })
}

function locked(
  attempt: Attempt,
  atMs: number,
  { user, after }: { user: User | null; after: ReadonlyMap<LockOutSubject, LockOut> },
): EventEnvelope[] {
  const lockOut = after.get(nameSubject(attempt.name))
  if (!user || !lockOut || lockOut.failures < LOCK_OUT.failuresMax.name || lockOut.lockedUntilMs === null) return []
  const facts = { lockedUntil: new Date(lockOut.lockedUntilMs).toISOString(), failures: lockOut.failures, address: attempt.address }
  return [userEvent('user.locked', atMs, byUser(user, attempt.requestId), { user, after: facts })]
}
