import type { DeliveredEvent } from '../../ports/event-bus.ts'

/** A piece of the history without a gap, as one message. */
export type Batch = { from: number; to: number; events: readonly DeliveredEvent[] }

const ROUTING_KEY_LENGTH_MAX = 255

/** Cuts where a sequence is missing. */
export function toBatches(events: readonly DeliveredEvent[]): Batch[] {
  const batches: { from: number; to: number; events: DeliveredEvent[] }[] = []
  for (const event of events) {
    const last = batches.at(-1)
    if (last?.to !== event.sequence - 1) batches.push({ from: event.sequence, to: event.sequence, events: [event] })
    else {
      last.events.push(event)
      last.to = event.sequence
    }
  }
  return batches
}

const nounOf = (name: string): string => name.split('.')[0] ?? name

/** The nouns of a batch, each once: `asset.job.run`. Consumers bind to theirs. */
export function routingKeyOf({ events }: Batch): string {
  const key = [...new Set(events.map(({ name }) => nounOf(name)))].sort().join('.')
  return key.length <= ROUTING_KEY_LENGTH_MAX ? key : EVERYBODY
}

/** What is for everybody, because its nouns do not fit into a key. */
const EVERYBODY = 'everything'

export const bindingsOf = (names: readonly string[] | 'all'): string[] =>
  names === 'all' ? ['#'] : [EVERYBODY, ...new Set(names.map((name) => `#.${nounOf(name)}.#`))]

/** Null when the message is none of ours. */
export function parseBatch(body: unknown): Batch | null {
  const batch = (typeof body === 'object' ? body : null) as Partial<Batch> | null
  if (!batch || !Array.isArray(batch.events) || !Number.isSafeInteger(batch.from) || !Number.isSafeInteger(batch.to)) return null
  return batch as Batch
}
