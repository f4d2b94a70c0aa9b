import type { QuotaSettings } from '@capstan/contract/quotas'
import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { Quota } from '../domain/quota.ts'
import type { QuotaStore } from '../ports/quota-store.ts'

export type QuotaDeps = {
  quotas: QuotaStore
  /** Tells those who start jobs. */
  quotasChanged: () => Promise<void>
  nowMs: () => number
}

/** Throws `conflict` when there is one for this action or workflow. */
export const createQuota =
  (deps: QuotaDeps) =>
  async (by: Principal, settings: QuotaSettings): Promise<Quota> => {
    authorise(by, 'administer')
    const now = deps.nowMs()
    const quota: Quota = { ...settings, id: uuidv7(now), accountId: by.accountId, revision: 1, createdAtMs: now }
    await deps.quotas.add(quota, [eventOf('quota.created', by, null, quota, now)]).catch((error: unknown) => {
      if (!(error instanceof CapstanError) || error.code !== 'conflict') throw error
      throw new CapstanError('conflict', `there is a quota of the ${settings.scope} "${settings.name}" already: change that one`)
    })
    await deps.quotasChanged()
    return quota
  }

export const changeQuota =
  (deps: QuotaDeps) =>
  async (by: Principal, id: string, maxRunning: number, expectedRevision: number | null): Promise<Quota> => {
    authorise(by, 'administer')
    const quota = await getQuota(deps.quotas, by.accountId, id)
    if (expectedRevision !== null && expectedRevision !== quota.revision)
      throw new CapstanError('stale', 'this quota was changed meanwhile: read it again and repeat the change')
    const changed: Quota = { ...quota, maxRunning, revision: quota.revision + 1 }
    await deps.quotas.save(changed, quota.revision, [eventOf('quota.changed', by, quota, changed, deps.nowMs())])
    await deps.quotasChanged()
    return changed
  }

/** What waited for it goes on. */
export const removeQuota =
  (deps: QuotaDeps) =>
  async (by: Principal, id: string): Promise<void> => {
    authorise(by, 'administer')
    const quota = await getQuota(deps.quotas, by.accountId, id)
    await deps.quotas.remove(by.accountId, id, [eventOf('quota.removed', by, quota, null, deps.nowMs())])
    await deps.quotasChanged()
  }

export async function getQuota(quotas: QuotaStore, accountId: number, id: string): Promise<Quota> {
  const quota = await quotas.find(accountId, id)
  if (!quota) throw notFound('quota', id)
  return quota
}

const shown = ({ scope, name, maxRunning }: Quota) => ({ scope, name, maxRunning })

function eventOf(name: string, by: Principal, before: Quota | null, after: Quota | null, nowMs: number): EventEnvelope {
  const quota = (after ?? before)!
  return newEvent(name, nowMs, {
    accountId: by.accountId,
    actor: actorOf(by),
    subject: { kind: 'quota', id: quota.id, number: null, name: `${quota.scope} ${quota.name}` },
    before: before && shown(before),
    after: after && shown(after),
    requestId: by.requestId,
  })
}
