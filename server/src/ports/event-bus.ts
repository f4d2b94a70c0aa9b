import type { EventEnvelope } from '@capstan/contract/events'

export type Subscription = {
  /** Durable name: what was delivered to it is remembered across restarts. */
  consumer: string
  /** Event names, or `all`. */
  names: readonly string[] | 'all'
  /** How many events one call may bring. */
  batchMax?: number
}

/** With its place in the history. */
export type DeliveredEvent = EventEnvelope & { sequence: number }

export type EventHandler = (events: readonly DeliveredEvent[]) => Promise<void>

/**
 * Brings facts to services: in order, in batches, at least once. A handler that throws is given the batch again after a back-off; an event that
 * fails alone ten times is set aside as a dead letter, so that it holds nobody up. Handlers must be idempotent.
 */
export interface EventBus {
  subscribe(subscription: Subscription, handle: EventHandler): Promise<void>
  /** Calls `listener` in every process that asked, soon after the history has grown; several times may be one. It brings no events and remembers nothing. */
  onGrown(listener: () => void): void
  /** Says that the history has grown. */
  wake(): void
  /** How many events each consumer is behind. */
  lag(): Promise<Record<string, number>>
  /** Lets running handlers end; nothing is delivered afterwards. */
  close(): Promise<void>
}
