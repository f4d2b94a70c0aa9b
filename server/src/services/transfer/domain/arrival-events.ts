import type { Actor, ArrivalEventName, EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../../lib/events.ts'
import type { Arrival, ArrivalState } from './arrival.ts'

const NAME: Record<ArrivalState, ArrivalEventName> = {
  receiving: 'arrival.started',
  watching: 'arrival.watched',
  incomplete: 'arrival.found_incomplete',
  taking: 'arrival.received',
  taken: 'arrival.completed',
  refused: 'arrival.refused',
}

const TRANSFER: Actor = { kind: 'system', id: 'transfer', name: 'Transfer' }

/** The event of a change; none while only bytes come in. Beginning is what somebody did, the rest follows by itself. */
export function arrivalEvents(before: Arrival | null, after: Arrival | null, atMs: number): EventEnvelope[] {
  const arrival = after ?? before
  if (!arrival || before?.state === after?.state) return []
  const name = after ? NAME[after.state] : 'arrival.removed'
  return [
    newEvent(name, atMs, {
      accountId: arrival.accountId,
      actor: before === null ? arrival.by : TRANSFER,
      subject: { kind: 'arrival', id: arrival.id, number: null, name: arrival.name },
      before: before && { state: before.state },
      after: after && {
        state: after.state,
        source: after.source,
        sourceName: after.sourceName,
        sizeBytes: after.sizeBytes,
        workflow: after.workflow,
        ...(after.reason === null ? {} : { reason: after.reason }),
      },
      runId: arrival.runId,
      assetId: arrival.state === 'taken' ? arrival.assetId : null,
    }),
  ]
}
