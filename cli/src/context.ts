import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createClient, type Client } from '@capstan/contract/client'
import { Failure } from './failure.ts'
import { fromCaller, readCredentials, type Env } from './settings.ts'

export type Globals = { json: boolean; url?: string; token?: string; data?: string }

/** What every command is given: the typed client, where to write, how. */
export type Context = {
  env: Env
  globals: Globals
  /** Throws a Failure that says how to sign in. */
  client: () => Client
  baseUrl: () => string
  token: () => string
  /** The platform of a data folder on this machine, through its control socket: no sign-in. */
  control: () => Client
  dataFolder: () => string
  isTerminal: boolean
}

export function createContext(env: Env, globals: Globals): Context {
  const credentials = () => {
    const known = readCredentials(env)
    const token = globals.token ?? known?.token
    const url = (globals.url ?? known?.url ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
    if (!token) throw new Failure('not signed in: run `capstan login`, or set CAPSTAN_TOKEN')
    return { url, token }
  }
  const dataFolder = () => fromCaller(globals.data ?? env['CAPSTAN_DATA'] ?? './data', env)
  return {
    env,
    globals,
    baseUrl: () => credentials().url,
    token: () => credentials().token,
    client: () => {
      const { url, token } = credentials()
      return createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${token}` }) })
    },
    dataFolder,
    control: () =>
      createClient({ baseUrl: 'http://control', fetch: socketFetch(join(dataFolder(), 'run', 'control.sock')), timeoutMs: 24 * 3_600_000 }),
    isTerminal: process.stderr.isTTY === true,
  }
}

/** The part of fetch that the client needs, over a Unix socket. */
function socketFetch(socketPath: string): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input))
      const body = typeof init?.body === 'string' ? init.body : ''
      const headers = { ...(init?.headers as Record<string, string>), 'content-length': String(Buffer.byteLength(body)) }
      const request = httpRequest({ socketPath, method: init?.method ?? 'GET', path: url.pathname + url.search, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 500
          resolve(
            new Response(status === 204 ? null : Buffer.concat(chunks), { status, headers: response.headers as Record<string, string> }),
          )
        })
      })
      request.on('error', (cause: NodeJS.ErrnoException) => {
        const isDown = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED'
        reject(
          isDown
            ? new Failure('no platform runs on this data folder: start it with `npm start`, or name the folder with --data DIR')
            : cause,
        )
      })
      request.end(body)
    })
}
