import type { AuditEntryView, EventEnvelope } from '@capstan/contract/events'
import { api } from '@capstan/contract/api'
import type { Route } from '../../http/route.ts'
import { isoTime, type Clock } from '../../lib/clock.ts'
import { CapstanError } from '../../lib/errors.ts'
import { uuidv7 } from '../../lib/ids.ts'
import { actorOf, type Principal } from '../identity/api.ts'
import type { AuditEntry, AuditFilter, AuditLog } from './ports/audit-log.ts'

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
        const cursor = query.cursor === undefined ? null : Number(query.cursor)
        if (cursor !== null && !Number.isSafeInteger(cursor)) throw new CapstanError('invalid', 'this is no cursor of audit entries')
        const entries = await log.list(by.accountId, parseFilter(query.filter), { cursor, limit: query.limit })
        const last = entries.at(-1)
        return { items: entries.map(toView), nextCursor: entries.length === query.limit && last ? String(last.sequence) : null }
      })
    },
    prune: (beforeMs: number): Promise<number> => log.prune(beforeMs, 1_000),
  }
}

function parseFilter(text: string | undefined): AuditFilter {
  const filter: AuditFilter = {}
  for (const word of (text ?? '').split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^(actor|subject|action):(.+)$/.exec(word) ?? []
    if (!key || !value) throw new CapstanError('invalid', `audit entries cannot be filtered by "${word}": use actor:, subject: or action:`)
    filter[key as keyof AuditFilter] = value
  }
  return filter
}

const toView = ({ accountId: _, atMs, ...entry }: AuditEntry & { sequence: number }): AuditEntryView => ({ ...entry, at: isoTime(atMs) })
