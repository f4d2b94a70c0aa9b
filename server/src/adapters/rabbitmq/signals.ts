import { randomUUID } from 'node:crypto'
import { setImmediate as later } from 'node:timers'
import type { Consumer } from 'rabbitmq-client'
import type { RabbitmqBroker } from './broker.ts'

/**
 * "There is more", to every other process. Signals carry nothing but their sender and may be lost: who gets one looks for itself, and looks now and then
 * anyway. After a connection came back all are given once.
 */
export class RabbitmqSignals {
  readonly #broker: RabbitmqBroker
  readonly #listeners = new Map<string, (() => void)[]>()
  readonly #pending = new Set<string>()
  readonly #sender = randomUUID()
  readonly #consumer: Consumer

  constructor(broker: RabbitmqBroker) {
    this.#broker = broker
    this.#consumer = this.#listen()
  }

  on(name: string, listener: () => void): void {
    const listeners = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...listeners, listener])
  }

  /** Many at once are one. */
  emit(name: string): void {
    if (this.#pending.size === 0) later(() => this.#send())
    this.#pending.add(name)
  }

  async close(): Promise<void> {
    await this.#consumer.close().catch(() => {})
  }

  #listen(): Consumer {
    const { connection, names } = this.#broker
    const consumer = connection.createConsumer(
      {
        queueOptions: { exclusive: true, autoDelete: true },
        exchanges: [{ exchange: names.signals, type: 'fanout', durable: false }],
        queueBindings: [{ exchange: names.signals }],
        noAck: true,
      },
      ({ routingKey, body }) => {
        if (body !== this.#sender) this.#tell(routingKey)
      },
    )
    consumer.on('error', () => {})
    consumer.on('ready', () => [...this.#listeners.keys()].forEach((name) => this.#tell(name)))
    return consumer
  }

  #tell(name: string): void {
    for (const listener of this.#listeners.get(name) ?? []) listener()
  }

  #send(): void {
    const names = [...this.#pending]
    this.#pending.clear()
    for (const name of names) this.#broker.send(this.#broker.names.signals, name, this.#sender, { durable: false }).catch(() => {})
  }
}
