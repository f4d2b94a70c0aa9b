import { askSurely } from './ask.ts'
import { credentialsOf } from './store-server.ts'
import { storeSuite } from './testing.ts'
import { startVault } from './vault.ts'

storeSuite('Vault', {
  start: startVault,
  sentence: async (server) => {
    const { url, password } = credentialsOf(server.url)
    const question = { headers: { 'x-vault-token': password }, ca: server.ca }
    await askSurely(`${url}/v1/secret/data/greeting`, { ...question, method: 'POST', body: { data: { text: 'hello' } } })
    const read = (await askSurely(`${url}/v1/secret/data/greeting`, question)) as { data: { data: { text: string } } }
    return read.data.data.text
  },
  answer: 'hello',
})
