import { CapstanError, notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import { MASK } from '../domain/facts.ts'
import { checkPassword } from '../domain/password.ts'
import type { Principal } from '../domain/principal.ts'
import type { User } from '../domain/user.ts'
import { byPrincipal, sessionRemoved, userEvent } from '../events.ts'
import { recordFailure, refuseLocked } from './verify-password.ts'

type CheckDeps = Pick<IdentityDeps, 'users' | 'lockOuts' | 'clock' | 'passwords'>

/** The user who acts, after their password was right. Wrong ones count like a failed sign-in. Throws `invalid` or `rate_limited`. */
export const confirmIdentity =
  (deps: CheckDeps) =>
  async (by: Principal, password: string): Promise<User> => {
    const user = await deps.users.find(by.accountId, by.id)
    if (!user) throw notFound('user', by.id)
    const attempt = { accountId: by.accountId, name: user.name, address: by.address ?? 'unknown', requestId: by.requestId }
    return deps.passwords.inTurn(async () => {
      await refuseLocked(deps)(attempt)
      if (await deps.passwords.verify(user.passwordHash, password)) return user
      await recordFailure(deps)(attempt, user, 'password')
      throw new CapstanError('invalid', 'the current password is wrong', { details: { field: 'currentPassword' } })
    })
  }

export type PasswordChange = Readonly<{ currentPassword: string; newPassword: string; keepSessionId: string | null }>

/** Changes one's own password and ends all sessions but the one that is kept. Throws `invalid` for a wrong or a weak password. */
export const changePassword =
  (deps: CheckDeps & Pick<IdentityDeps, 'verified'>) =>
  async (by: Principal, { currentPassword, newPassword, keepSessionId }: PasswordChange): Promise<void> => {
    const was = await confirmIdentity(deps)(by, currentPassword)
    checkPassword(newPassword, was.name)
    const passwordHash = await deps.passwords.hash(newPassword)
    const user: User = { ...was, passwordHash, revision: was.revision + 1, updatedAtMs: deps.clock.now() }
    const who = byPrincipal(by)
    await deps.users.save(user, {
      expectedRevision: was.revision,
      expectedAccessRevision: null,
      events: [userEvent('user.password_changed', user.updatedAtMs, who, { user, after: { password: MASK } })],
      endSessions: {
        exceptId: keepSessionId,
        event: (session) => sessionRemoved(session, user.updatedAtMs, { by: who, reason: 'password_changed' }),
      },
      recoveryCodes: null,
    })
    deps.verified.forgetAll()
  }
