import type { EventEnvelope, EventView } from '@capstan/contract/events'
import type { Right } from '@capstan/contract/rights'

type Rights = ReadonlySet<Right>

/** Who signs in and which tokens exist is for administrators. */
const PRIVATE_SUBJECTS = new Set(['user', 'role', 'token', 'session', 'sign_in'])
/** Facts that say where something lies on the server. */
const PLACES = new Set(['path', 'publishedTo'])

export const maySee = (event: Pick<EventEnvelope, 'subject'>, rights: Rights): boolean =>
  rights.has('administer') || !PRIVATE_SUBJECTS.has(event.subject.kind)

export function toEventView({ accountId: _, ...view }: EventEnvelope & { sequence: number }, withPlaces: boolean): EventView {
  return withPlaces ? view : { ...view, before: withoutPlaces(view.before), after: withoutPlaces(view.after) }
}

const withoutPlaces = (facts: EventView['after']): EventView['after'] =>
  facts && Object.fromEntries(Object.entries(facts).filter(([name]) => !PLACES.has(name)))
