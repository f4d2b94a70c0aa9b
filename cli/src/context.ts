import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createClient, type Client } from '@capstan/contract/client'
import { Failure } from './failure.ts'
import { fromCaller, readCredentials, type Env } from './settings.ts'

export type Globals = { json: boolean; url?: string; data?: string }

/** What every command is given: the typed client, where to write, how. */
export type Context = {
  env: Env
  globals: Globals
  /** The platform that is meant: --url, else CAPSTAN_URL, else the last login, else this machine. */
  baseUrl: () => string
  /** CAPSTAN_TOKEN, else the last login's, which only its own platform is given. Throws a Failure that says how to sign in. */
  token: () => string
  client: () => Client
  /** The platform of a data folder on this machine, through its control socket: no sign-in. */
  control: () => Client
  /** Bars and questions are possible. */
  isTerminal: boolean
}

const HERE = 'http://127.0.0.1:8080'
const LONG_WORK_MS = 24 * 3_600_000

export const bareUrl = (url: string): string => url.replace(/\/+$/, '')

export function createContext(env: Env, globals: Globals): Context {
  const asked = globals.url ?? env['CAPSTAN_URL']
  const baseUrl = () => bareUrl(asked ?? (env['CAPSTAN_TOKEN'] ? HERE : readCredentials(env)?.url) ?? HERE)
  const token = () => {
    if (env['CAPSTAN_TOKEN']) return env['CAPSTAN_TOKEN']
    const known = readCredentials(env)
    if (!known) throw new Failure('not signed in: run `capstan login`, or set CAPSTAN_TOKEN')
    if (known.url !== baseUrl())
      throw new Failure(`signed in at ${known.url}, not at ${baseUrl()}: run \`capstan login ${baseUrl()}\`, or set CAPSTAN_TOKEN`)
    return known.token
  }
  return {
    env,
    globals,
    baseUrl,
    token,
    client: () => {
      const authorization = `Bearer ${token()}`
      return createClient({ baseUrl: baseUrl(), headers: () => ({ authorization }) })
    },
    control: () => {
      const folder = fromCaller(globals.data ?? env['CAPSTAN_DATA'] ?? './data', env)
      return createClient({ baseUrl: 'http://control', fetch: socketFetch(folder), timeoutMs: LONG_WORK_MS })
    },
    isTerminal: process.stderr.isTTY && !globals.json,
  }
}

/** The part of fetch that the client needs, over the Unix socket of a data folder. */
function socketFetch(folder: string): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const body = typeof init?.body === 'string' ? init.body : ''
      const request = httpRequest(
        {
          socketPath: join(folder, 'run', 'control.sock'),
          method: init?.method ?? 'GET',
          path: url.pathname + url.search,
          headers: { ...(init?.headers as Record<string, string>), 'content-length': String(Buffer.byteLength(body)) },
          ...(init?.signal ? { signal: init.signal } : {}),
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const status = response.statusCode ?? 500
            resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status }))
          })
        },
      )
      request.on('error', (cause: NodeJS.ErrnoException) => reject(unreachable(folder, cause)))
      request.end(body)
    })
}

function unreachable(folder: string, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED')
    return new Failure(`no platform runs on the data folder ${folder}: start it with \`npm start\`, or name another folder with --data DIR`)
  if (cause.code === 'EACCES') return new Failure(`the data folder ${folder} belongs to somebody else: work as that user`)
  if (cause.code === 'ECONNRESET') return new Failure('the platform stopped before it answered')
  return cause
}
