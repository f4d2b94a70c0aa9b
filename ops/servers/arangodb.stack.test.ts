import { askSurely } from './ask.ts'
import { startArangodb } from './arangodb.ts'
import { credentialsOf } from './store-server.ts'
import { storeSuite } from './testing.ts'

storeSuite('ArangoDB', {
  start: startArangodb,
  sentence: async (server) => {
    const { url, username, password } = credentialsOf(server.url)
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
    const body = { query: 'return @greeting', bindVars: { greeting: 'hello' } }
    const { result } = (await askSurely(`${url}/_api/cursor`, { method: 'POST', headers, body, ca: server.ca })) as { result: unknown[] }
    return result[0]
  },
  answer: 'hello',
})
