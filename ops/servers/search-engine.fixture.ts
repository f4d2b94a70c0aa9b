import { askSurely, type Question } from './ask.ts'
import { credentialsOf, type StoreServer } from './store-server.ts'

/** Indexes one document and counts what a search for the stem of one of its words finds. */
export async function findGreeting(server: StoreServer): Promise<unknown> {
  const { url, username, password } = credentialsOf(server.url)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const send = (path: string, question: Question) =>
    askSurely(`${url}/${path}`, { ...question, ca: server.ca, limitMs: 20_000, ...(password ? { headers: { authorization } } : {}) })
  await send('words?ignore_unavailable=true', { method: 'DELETE' })
  await send('words', {
    method: 'PUT',
    body: {
      settings: {
        analysis: {
          filter: { stems: { type: 'stemmer', language: 'english' } },
          analyzer: { stemmed: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'asciifolding', 'stems'] } },
        },
      },
      mappings: { properties: { text: { type: 'text', analyzer: 'stemmed' } } },
    },
  })
  await send('words/_doc/1?refresh=true', { method: 'PUT', body: { text: 'Two ships greeted the harbour' } })
  const found = await send('words/_search', { method: 'POST', body: { query: { match: { text: 'ship' } } } })
  return (found as { hits: { total: { value: number } } }).hits.total.value
}
