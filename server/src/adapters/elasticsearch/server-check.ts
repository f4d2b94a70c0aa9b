import { CapstanError } from '../../lib/errors.ts'
import type { Answer, ElasticsearchClient } from './client.ts'
import { failureOf } from './faults.ts'

/** The oldest servers that have all we ask for. */
const OLDEST = { elasticsearch: [8, 0], opensearch: [2, 4] } as const

export type Product = keyof typeof OLDEST

/** Throws `invalid` with one sentence that says what is wrong with the server and what to do, for the start of a process. */
export async function checkServer(client: ElasticsearchClient): Promise<Product> {
  const answer = await client.ask({ path: '' }).catch((error: unknown) => {
    throw refusal(whyUnreachable(error as CapstanError), error)
  })
  if (answer.status === 401 || answer.status === 403) throw refusal(failureOf(answer).message)
  const product = productOf(answer)
  const version = versionOf(answer) ?? (product === null ? null : await versionOfNode(client))
  if (product === null || version === null)
    throw refusal('what answers there is neither Elasticsearch nor OpenSearch: see CAPSTAN_ELASTICSEARCH_URL')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST[product]
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw refusal(`version ${version} is too old: Capstan needs Elasticsearch 8.0 or OpenSearch 2.4, or newer`)
  return product
}

type Greeting = { version?: { number?: string; distribution?: string } }
const greeting = ({ json }: Answer): Greeting => (typeof json === 'object' && json !== null ? json : {})

function productOf(answer: Answer): Product | null {
  if (answer.product === 'Elasticsearch') return 'elasticsearch'
  return greeting(answer).version?.distribution === 'opensearch' ? 'opensearch' : null
}

const versionOf = (answer: Answer): string | null => greeting(answer).version?.number ?? null

/** Where nobody greets at the root, as behind some proxies. */
async function versionOfNode(client: ElasticsearchClient): Promise<string | null> {
  const { json } = await client.ask({ path: '_nodes/_local?filter_path=nodes.*.version' })
  const { nodes = {} } = (typeof json === 'object' && json !== null ? json : {}) as { nodes?: Record<string, { version?: string }> }
  return Object.values(nodes)[0]?.version ?? null
}

function whyUnreachable(error: CapstanError): string {
  const { reason: given } = error.details
  const reason = typeof given === 'string' ? given : ''
  const { message } = (error.cause ?? error) as Error
  if (/CERT|VERIFY|SELF_SIGNED|ISSUER|SSL|EPROTO/.test(reason))
    return `its certificate is not trusted (${reason}): see CAPSTAN_ELASTICSEARCH_CA_FILE`
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return 'no such host: see CAPSTAN_ELASTICSEARCH_URL'
  return error.code === 'invalid' ? error.message : `nobody answers there (${message}): see CAPSTAN_ELASTICSEARCH_URL, or start it`
}

const refusal = (sentence: string, cause?: unknown): CapstanError => new CapstanError('invalid', `search server: ${sentence}`, { cause })
