import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient, type Client } from '@capstan/contract/client'
import { sessions } from '@capstan/contract/identity'

const READY_MS_MAX = 60_000
const STOP_MS_MAX = 10_000
const ROOT = join(import.meta.dirname, '../..')

export type Platform = {
  url: string
  password: string
  data: string
  api: Client
  /** Kills it with -9; answers how to bring it back at the same address. */
  kill: () => Promise<() => Promise<void>>
  stop: () => Promise<void>
}

/** Starts the real platform on a free port with a data folder of its own; the sample is ingested unless told otherwise. */
export async function startPlatform(options: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Platform> {
  const data = await mkdtemp(join(tmpdir(), 'capstan-console-'))
  const begin = (port: string) =>
    spawn(process.execPath, [join(ROOT, 'server/src/main.ts'), '--data', data, '--port', port, ...options], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
  let child = begin('0')
  const stop = async () => {
    await ended(child, 'SIGTERM')
    await rm(data, { recursive: true, force: true })
  }
  try {
    const url = await readyAt(child)
    const password = (await readFile(join(data, 'admin-password'), 'utf8')).trim().split('\n')[0] ?? ''
    const kill = async () => {
      await ended(child, 'SIGKILL')
      return async () => {
        child = begin(new URL(url).port)
        await readyAt(child)
      }
    }
    return { url, password, data, api: await signedIn(url, password), kill, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = ''
    const timer = setTimeout(() => reject(new Error(`the platform was not ready in time: ${errors}`)), READY_MS_MAX)
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.once('exit', (code) => reject(new Error(`the platform ended with ${code}: ${errors}`)))
    if (!child.stdout) return
    createInterface(child.stdout).on('line', (line) => {
      const url = /^Capstan is ready at (\S+)/.exec(line)?.[1]
      if (!url) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await gone
  clearTimeout(timer)
}

/** A client with a session of its own, beside the browser's. */
async function signedIn(url: string, password: string): Promise<Client> {
  let cookie = ''
  const withCookie: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), cookie } })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return response
  }
  let csrf = ''
  const api = createClient({ baseUrl: url, fetch: withCookie, headers: () => (csrf ? { 'x-csrf-token': csrf } : {}) })
  csrf = (await api(sessions.create, { body: { name: 'admin', password } })).csrfToken
  return api
}

/** Asks again until something is true; throws after `limitMs`. */
export async function eventually<T>(what: string, ask: () => Promise<T | null | undefined | false>, limitMs = 60_000): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
