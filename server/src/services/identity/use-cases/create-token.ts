import type { Right } from '@capstan/contract/rights'
import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { IdentityDeps } from '../deps.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import { daysInMs, formatToken, LIVE_TOKENS_MAX, tokenRights, type Token } from '../domain/token.ts'
import { byPrincipal, tokenCreated } from '../events.ts'
import { newSecret, secretHash } from '../secrets.ts'

export type NewToken = Readonly<{ name: string; rights?: readonly Right[] | undefined; expiresInDays: number; madeWith: string | null }>

/**
 * Makes a token of one's own and answers its text, this once. It allows what the caller may do now, or the part that `rights` names;
 * so a token cannot make one that allows more, nor one that outlives it: `madeWith` is the id of the token that the request showed. Throws `forbidden` for a right that the caller does not have,
 * `conflict` when there are too many.
 */
export const createToken =
  ({ tokens, clock }: Pick<IdentityDeps, 'tokens' | 'clock'>) =>
  async (by: Principal, input: NewToken): Promise<{ token: Token; text: string }> => {
    if (by.rights.size === 0)
      throw new CapstanError('forbidden', 'there is nothing that this token could allow', { details: { reason: 'no_rights' } })
    for (const right of input.rights ?? []) authorise(by, right)
    const nowMs = clock.now()
    const maker = input.madeWith === null ? null : await tokens.find(input.madeWith)
    const secret = newSecret()
    const token: Token = {
      accountId: by.accountId,
      id: uuidv7(nowMs),
      userId: by.id,
      userName: by.name,
      name: input.name,
      rights: tokenRights({ rights: input.rights ?? [...by.rights] }, [...by.rights]),
      secretHash: secretHash(secret),
      createdAtMs: nowMs,
      expiresAtMs: Math.min(nowMs + daysInMs(input.expiresInDays), maker?.expiresAtMs ?? Infinity),
      lastUsedAtMs: null,
    }
    await tokens.add(token, { liveMax: LIVE_TOKENS_MAX, events: [tokenCreated(token, byPrincipal(by))] })
    return { token, text: formatToken(token.id, secret) }
  }
