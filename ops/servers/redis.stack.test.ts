import { createClient } from '@redis/client'
import { startRedis } from './redis.ts'
import { storeSuite } from './testing.ts'

storeSuite('Redis', {
  start: startRedis,
  sentence: async ({ url, ca }) => {
    const client = createClient({
      url,
      socket: { reconnectStrategy: false, connectTimeout: 5_000, ...(ca ? { tls: true, ca } : {}) } as object,
    })
    client.on('error', () => {})
    await client.connect()
    try {
      await client.set('greeting', 'hello')
      return await client.get('greeting')
    } finally {
      client.destroy()
    }
  },
  answer: 'hello',
})
