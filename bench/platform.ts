import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import { createClient, type Client } from '@capstan/contract/client'

const MAIN = join(import.meta.dirname, '../server/src/main.ts')
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 15_000

export type BenchPlatform = { url: string; token: string; client: Client; child: ChildProcess; readyMs: number; stop: () => Promise<void> }

/** The platform with the flags with which the bootstrap starts it, in a process of its own on a data folder of its own. */
export async function startPlatform(data: string, args: readonly string[] = ['--no-sample']): Promise<BenchPlatform> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, ['--max-semi-space-size=4', MAIN, '--data', data, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const url = await readyUrl(child)
  const readyMs = performance.now() - startedMs
  const token = await makeToken(url, readFileSync(join(data, 'admin-password'), 'utf8').trim())
  const client = createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${token}` }) })
  return { url, token, client, child, readyMs, stop: () => stop(child) }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the platform was not ready within a minute')), READY_MS_MAX)
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = /Capstan is ready at (\S+)\n(?:.*admin.*\n)?/.exec(text)?.[1]
      if (!url) return
      clearTimeout(timer)
      resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`the platform ended with ${code}`)))
  })
}

async function makeToken(url: string, password: string): Promise<string> {
  let cookie = ''
  let csrf = ''
  const client = createClient({
    baseUrl: url,
    headers: () => (cookie ? { cookie, 'x-csrf-token': csrf } : {}),
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return response
    },
  })
  csrf = (await client(api.sessions.create, { body: { name: 'admin', password } })).csrfToken
  return (await client(api.tokens.create, { body: { name: 'bench' } })).token
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
