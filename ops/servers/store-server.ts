import { readFileSync } from 'node:fs'

/** What a chaos scenario does to a server of ours. */
export type ServerControl = {
  /** Ends it at once (SIGKILL); its data stays. */
  kill: () => Promise<void>
  /** Ends it if it still runs, starts it on the same port and data, and waits until it is ready. */
  restart: () => Promise<void>
  /** Stops it in its tracks (SIGSTOP): it keeps its connections and answers nothing. */
  pause: () => void
  resume: () => void
  pid: () => number
}

export type StoreServer = {
  /** With the credentials in it; `credentialsOf` takes them out again. */
  url: string
  /** The authority (PEM) that vouches for its certificate; null when it speaks no TLS. */
  ca: string | null
  /** Null when somebody else runs the server. */
  control: ServerControl | null
  /** Ends a server of ours and removes its data. */
  stop: () => Promise<void>
}

export type StartOptions = { tls?: boolean }

export const STORES = [
  'mariadb',
  'arangodb',
  'mongodb',
  'redis',
  'elasticsearch',
  'opensearch',
  'rabbitmq',
  'consul',
  's3',
  'vault',
] as const

export type Store = (typeof STORES)[number]

/** No such server can be had on this machine; the message says why and what would help. */
export class NotAvailable extends Error {}

/**
 * The server that `CAPSTAN_TEST_<STORE>_URL` names (with TLS when `CAPSTAN_TEST_<STORE>_CA_FILE` is there too), else what `startOwn` starts.
 * Null, with a sentence on stderr, where there is neither: suites skip then.
 */
export async function givenOrOwn(
  store: Store,
  options: StartOptions,
  startOwn: (options: StartOptions) => Promise<StoreServer>,
): Promise<StoreServer | null> {
  const variable = `CAPSTAN_TEST_${store.toUpperCase()}_URL`
  try {
    const given = givenServer(store)
    if (!given) return await startOwn(options)
    if (options.tls && !given.ca) throw new NotAvailable(`the server that ${variable} names is given without a CA_FILE`)
    return given
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error
    process.stderr.write(`${store}${options.tls ? ' with TLS' : ''} skipped: ${error.message} (or set ${variable})\n`)
    return null
  }
}

function givenServer(store: Store): StoreServer | null {
  const prefix = `CAPSTAN_TEST_${store.toUpperCase()}`
  const url = process.env[`${prefix}_URL`]
  if (!url) return null
  const caFile = process.env[`${prefix}_CA_FILE`]
  return { url: url.replace(/\/+$/, ''), ca: caFile ? readFileSync(caFile, 'utf8') : null, control: null, stop: async () => {} }
}

/** Splits what fetch refuses and settings keep apart: the address without a secret, and the secret. */
export function credentialsOf(url: string): { url: string; username: string; password: string } {
  const { username, password } = new URL(url)
  const bare = url.replace(/^([a-z+]+:\/\/)[^/@]*@/, '$1')
  return { url: bare, username: decodeURIComponent(username), password: decodeURIComponent(password) }
}
