import { MongoClient } from 'mongodb'
import { startMongodb } from './mongodb.ts'
import { storeSuite } from './testing.ts'

storeSuite('MongoDB', {
  start: startMongodb,
  sentence: async ({ url, ca }) => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000, ...(ca ? { tls: true, ca } : {}) })
    try {
      const greetings = client.db('words').collection<{ key: number; text: string }>('greetings', { writeConcern: { w: 'majority' } })
      await greetings.createIndexes([{ key: { key: 1 }, unique: true }])
      const again = () => greetings.insertOne({ key: 1, text: 'hello' })
      await again().catch(() => {})
      const second = await again().catch((error: unknown) => (error as { code?: number }).code)
      return [(await greetings.findOne({ key: 1 }))?.text, second]
    } finally {
      await client.close()
    }
  },
  answer: ['hello', 11_000],
  guarded: [],
})
