import type { Clock } from '../../lib/clock.ts'
import type { DeliveredEvent, EventBus, EventHandler, Subscription } from '../../ports/event-bus.ts'
import type { EventHistory } from '../../services/events/ports/event-history.ts'
import { routingKeyOf, toBatches } from './batch.ts'
import type { RabbitmqBroker } from './broker.ts'
import { Consumer, type ConsumerState } from './consumer.ts'
import type { RabbitmqSignals } from './signals.ts'

export type RabbitmqEventBusDeps = Readonly<{
  broker: RabbitmqBroker
  signals: RabbitmqSignals
  history: Pick<EventHistory, 'head' | 'read'>
  stateOf: (consumer: string) => ConsumerState
  clock: Clock
  retryDelayMs?: number
}>

const GROWN = 'history'
const LOOK_MS = 1_000

/**
 * Events over RabbitMQ: a topic exchange, a quorum queue for each consumer, of which one process at a time is served. The history stays the truth, so the
 * broker may be away, lose messages or be wiped: that delays events and loses none.
 */
export class RabbitmqEventBus implements EventBus {
  readonly #deps: RabbitmqEventBusDeps
  readonly #consumers: Consumer[] = []
  readonly #listeners: (() => void)[] = []
  readonly #timer: NodeJS.Timeout
  #head = 0

  constructor(deps: RabbitmqEventBusDeps) {
    this.#deps = deps
    deps.signals.on(GROWN, () => this.#tell())
    this.#timer = setInterval(() => void this.#lookForGrowth().catch(() => {}), LOOK_MS)
    this.#timer.unref()
  }

  async subscribe(subscription: Subscription, handle: EventHandler): Promise<void> {
    const { broker, history, clock, stateOf, retryDelayMs = 100 } = this.#deps
    const state = stateOf(subscription.consumer)
    this.#consumers.push(new Consumer({ broker, history, clock, state, retryDelayMs }, subscription, handle))
  }

  onGrown(listener: () => void): void {
    this.#listeners.push(listener)
  }

  wake(): void {
    for (const consumer of this.#consumers) consumer.look()
    this.#tell()
  }

  /** Brings new events of the history to everybody; resolves when the broker has them safely. */
  async publish(events: readonly DeliveredEvent[]): Promise<void> {
    const { broker, signals } = this.#deps
    signals.emit(GROWN)
    this.#tell()
    for (const batch of toBatches(events)) await broker.send(broker.names.events, routingKeyOf(batch), batch, { durable: true })
  }

  async lag(): Promise<Record<string, number>> {
    const head = await this.#deps.history.head()
    const lags = this.#consumers.map(async (consumer) => [consumer.name, Math.max(0, head - (await consumer.position()))] as const)
    return Object.fromEntries(await Promise.all(lags))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()))
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** A lost signal is healed within a second. */
  async #lookForGrowth(): Promise<void> {
    if (this.#listeners.length === 0) return
    const head = await this.#deps.history.head()
    if (head > this.#head) this.#tell()
    this.#head = head
  }
}
