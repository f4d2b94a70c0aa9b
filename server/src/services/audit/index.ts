import type { AuditEntryView, EventEnvelope } from '@capstan/contract/events'
import { api } from '@capstan/contract/api'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { isoTime, type Clock } from '../../lib/clock.ts'
import { CapstanError } from '../../lib/errors.ts'
import { uuidv7 } from '../../lib/ids.ts'
import { actorOf, type Principal } from '../identity/api.ts'
import type { AuditEntry, AuditLog } from './ports/audit-log.ts'

const ACCESS_KEPT_MS = 10 * 60_000
const ACCESSES_REMEMBERED_MAX = 10_000

type Subject = { kind: string; id: string; name: string | null }

/** What people did, and what was done to people's access. The engine's own steps are history, not audit. */
export const isAudited = (event: EventEnvelope): boolean =>
  event.actor.kind === 'user' || ['user', 'role', 'token', 'session', 'sign_in'].includes(event.subject.kind)

const toEntry = (event: EventEnvelope): AuditEntry => ({
  accountId: event.accountId,
  id: event.id,
  atMs: Date.parse(event.at),
  actor: event.actor,
  action: event.name,
  outcome: event.name.endsWith('.refused') ? 'refused' : 'done',
  subject: event.subject,
  before: event.before,
  after: event.after,
  requestId: event.requestId,
  address: null,
})

export function createAudit({ log, clock, onError }: { log: AuditLog; clock: Clock; onError: (error: unknown) => void }) {
  const seen = new Map<string, number>()

  /** A film that plays asks for hundreds of ranges; that is one play in ten minutes. */
  const isRepeated = (key: string): boolean => {
    const now = clock.now()
    const last = seen.get(key)
    if (last !== undefined && now - last < ACCESS_KEPT_MS) return true
    if (seen.size >= ACCESSES_REMEMBERED_MAX) seen.clear()
    seen.set(key, now)
    return false
  }

  const note = (
    by: Principal,
    action: string,
    subject: Subject,
    outcome: AuditEntry['outcome'],
    after: AuditEntry['after'] = null,
  ): void => {
    const atMs = clock.now()
    const entry = {
      accountId: by.accountId,
      id: uuidv7(atMs),
      atMs,
      actor: actorOf(by),
      action,
      outcome,
      subject: { ...subject, number: null },
      before: null,
      after,
      requestId: by.requestId,
      address: by.address,
    }
    log.append([entry]).catch(onError)
  }

  return {
    /** Consumes the event bus. */
    consume: (events: readonly EventEnvelope[]): Promise<void> => log.append(events.filter(isAudited).map(toEntry)),
    noteAccess: (by: Principal, action: string, subject: Subject): void => {
      if (!isRepeated(`${by.id}/${action}/${subject.id}`)) note(by, action, subject, 'done')
    },
    noteRefusal: (by: Principal, route: string, right: string): void => {
      if (!isRepeated(`${by.id}/refused/${route}`))
        note(by, 'request.refused', { kind: 'route', id: route, name: null }, 'refused', { right })
    },
    routes: (route: Route): void => {
      route(api.auditEntries.list, async ({ by, query }) => {
        const { filter, cursor, limit } = listRequest(query, { filter: ['actor:', 'subject:', 'action:'], sort: ['-at'] })
        const found = await log.list(by.accountId, Object.fromEntries(filter), { cursor: parseCursor(cursor), limit: limit + 1 })
        const shown = found.slice(0, limit)
        return { items: shown.map(toView), nextCursor: found.length > limit ? String(shown.at(-1)!.sequence) : null }
      })
    },
    prune: (beforeMs: number): Promise<number> => log.prune(beforeMs, 1_000),
  }
}

function parseCursor(text: string | null): number | null {
  if (text === null) return null
  if (!/^\d{1,15}$/.test(text)) throw new CapstanError('invalid', 'this is no cursor of audit entries')
  return Number(text)
}

const toView = ({ accountId: _, atMs, ...entry }: AuditEntry & { sequence: number }): AuditEntryView => ({ ...entry, at: isoTime(atMs) })
