import { askSurely } from './ask.ts'
import { startConsul } from './consul.ts'
import { credentialsOf } from './store-server.ts'
import { storeSuite } from './testing.ts'

storeSuite('Consul', {
  start: startConsul,
  sentence: async (server) => {
    const { url, password } = credentialsOf(server.url)
    const question = { headers: { 'x-consul-token': password }, ca: server.ca }
    await askSurely(`${url}/v1/kv/greeting`, { ...question, method: 'PUT', body: 'hello' })
    return askSurely(`${url}/v1/kv/greeting?raw`, question)
  },
  answer: 'hello',
})
