import { afterAll, describe, expect, it } from 'vitest'
import { startRabbitmq } from '../../../../ops/servers/rabbitmq.ts'
import { credentialsOf } from '../../../../ops/servers/store-server.ts'
import { RabbitmqBroker, type RabbitmqOptions } from './broker.ts'

const saying = (text: string) => ({ code: 'invalid', message: expect.stringContaining(text) as string })

const server = await startRabbitmq({ tls: true })
afterAll(() => server?.stop())

describe('a start on RabbitMQ', () => {
  const open = async (options: RabbitmqOptions) => {
    const broker = await RabbitmqBroker.open(options)
    await broker.send(broker.names.events, 'asset', {}, { durable: true })
    await broker.close()
  }

  it('refuses what is no address, and an address where nobody listens, with what to do', async () => {
    await expect(open({ url: 'http://127.0.0.1' })).rejects.toMatchObject(saying('CAPSTAN_RABBITMQ_URL'))
    await expect(open({ url: 'amqp://127.0.0.1:1' })).rejects.toMatchObject(saying('nobody answers'))
  })

  it.skipIf(server === null)('speaks TLS with who is vouched for, and takes the password apart from the address', async () => {
    const { username, password } = credentialsOf(server!.url)
    const url = Object.assign(new URL(server!.url), { username, password: '' }).href
    await open({ url, password, tls: { ca: server!.ca! } })
    await expect(open({ url, password: 'wrong', tls: { ca: server!.ca! } })).rejects.toMatchObject(saying('CAPSTAN_RABBITMQ_PASSWORD_FILE'))
    await expect(open({ url, password })).rejects.toMatchObject(saying('CAPSTAN_RABBITMQ_CA_FILE'))
  })
})
