import type { IdentityDeps } from '../deps.ts'

const BATCH = 200

/**
 * Seals every second factor anew that is not sealed with the newest key: those of a release that kept them open, and all of them after a rotation. Each is
 * replaced by itself and only where it is still what was read, so an end at any line is gone on from at the next start. Answers how many were sealed and
 * how many nobody can open here.
 */
export const sealSecondFactors =
  ({ users, totpSeal }: Pick<IdentityDeps, 'users' | 'totpSeal'>) =>
  async (): Promise<{ sealed: number; unreadable: number }> => {
    const count = { sealed: 0, unreadable: 0 }
    for (let after: string | null = null; ;) {
      const kept = await users.listTotpSecrets({ unlessPrefix: await totpSeal.newestKeyId(), after, limit: BATCH })
      for (const { accountId, id, secret } of kept) {
        const sealed = await totpSeal.renewed({ accountId, id }, secret)
        if (sealed === null) count.unreadable++
        else if (await users.replaceTotpSecret({ accountId, id }, secret, sealed)) count.sealed++
      }
      if (kept.length < BATCH) return count
      after = kept.at(-1)!.id
    }
  }
