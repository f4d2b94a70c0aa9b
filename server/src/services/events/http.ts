import { api } from '@capstan/contract/api'
import type { FastifyRequest } from 'fastify'
import { CapstanError } from '../../lib/errors.ts'
import { seesPlaces, type Principal } from '../identity/api.ts'
import type { Route } from '../../http/route.ts'
import { maySee, toEventView } from './domain/audience.ts'
import type { LiveStream } from './live-stream.ts'
import type { EventFilter, EventHistory } from './ports/event-history.ts'

const FILTER_KEYS = { asset: 'assetId', run: 'runId', job: 'jobId', name: 'name' } as const

export function parseEventFilter(text: string | undefined): EventFilter {
  const filter: EventFilter = {}
  for (const word of (text ?? '').split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^(asset|run|job|name):(.+)$/.exec(word) ?? []
    if (!key || !value) throw new CapstanError('invalid', `events cannot be filtered by "${word}": use asset:, run:, job: or name:`)
    filter[FILTER_KEYS[key as keyof typeof FILTER_KEYS]] = value
  }
  return filter
}

const parseSequence = (text: string | undefined): number | null => {
  if (text === undefined || text === '') return null
  if (!/^\d{1,15}$/.test(text)) throw new CapstanError('invalid', 'the cursor of events is the sequence of the last one that was read')
  return Number(text)
}

export type EventsHttpDeps = { history: EventHistory; stream: LiveStream; authenticate: (request: FastifyRequest) => Promise<Principal> }

export function eventRoutes(route: Route, { history, stream, authenticate }: EventsHttpDeps): void {
  route(api.events.list, async ({ by, query }) => {
    const filter = { ...parseEventFilter(query.filter), accountId: by.accountId }
    const events = await history.read(filter, {
      cursor: parseSequence(query.cursor),
      limit: query.limit,
      newestFirst: query.sort === '-sequence',
    })
    const last = events.at(-1)
    const withPlaces = seesPlaces(by)
    const items = events.filter((event) => maySee(event, by.rights)).map((event) => toEventView(event, withPlaces))
    return { items, nextCursor: events.length === query.limit && last ? String(last.sequence) : null }
  })

  route(api.events.stream, async ({ by, query, request, reply }) => {
    const lastEventId = request.headers['last-event-id']
    const after = parseSequence(typeof lastEventId === 'string' ? lastEventId : query.after)
    stream.demandRoom(by.id)
    reply.hijack()
    request.raw.socket.setNoDelay(true)
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': request.id,
    })
    const { accountId, id: userId, rights } = by
    const currentRights = async () => (await authenticate(request)).rights
    await stream.open(reply.raw, { accountId, userId, rights, after, currentRights }).catch((error: unknown) => {
      // The head is out: the client comes back and asks again.
      reply.raw.destroy()
      throw error
    })
  })
}
