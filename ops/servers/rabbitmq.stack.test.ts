import { Connection } from 'rabbitmq-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRabbitmq, type RabbitmqServer } from './rabbitmq.ts'
import type { StoreServer } from './store-server.ts'
import { storeSuite } from './testing.ts'

/** Publishes a confirmed message to a quorum queue and takes it out again. */
async function sayAndHear({ url, ca }: Pick<StoreServer, 'url' | 'ca'>, consumerUrl = url): Promise<unknown> {
  const connect = (address: string) => {
    const connection = new Connection({ url: address, acquireTimeout: 5_000, retryLow: 10_000, ...(ca ? { tls: { ca } } : {}) })
    connection.on('error', () => {})
    return connection
  }
  const [speaker, listener] = [connect(url), connect(consumerUrl)]
  try {
    const queue = 'greetings'
    await speaker.queueDeclare({ queue, durable: true, arguments: { 'x-queue-type': 'quorum' } })
    const publisher = speaker.createPublisher({ confirm: true })
    await publisher.send({ routingKey: queue, durable: true }, 'hello')
    const message = await listener.basicGet({ queue, noAck: true })
    return message?.body as unknown
  } finally {
    for (const connection of [speaker, listener]) connection.unsafeDestroy()
  }
}

storeSuite('RabbitMQ', { start: startRabbitmq, sentence: (server) => sayAndHear(server), answer: 'hello' })

describe('RabbitMQ of three nodes', () => {
  let cluster: RabbitmqServer | null = null
  beforeAll(async () => void (cluster = await startRabbitmq({ nodes: 3 })))
  afterAll(async () => cluster?.stop())

  test('says at the third node what the first was told, and goes on without one of them', async ({ skip }) => {
    if (!cluster?.control) return skip()
    const [, second, third] = cluster.nodes
    expect(await sayAndHear(cluster, third?.url)).toBe('hello')
    await second?.control.kill()
    expect(await sayAndHear(cluster, third?.url)).toBe('hello')
  })
})
