import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { AssetView } from '@capstan/contract/assets'
import { createClient, type Client } from '@capstan/contract/client'
import type { Right } from '@capstan/contract/rights'
import type { RunView } from '@capstan/contract/work'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const READY_MS = 60_000
const STOP_MS = 30_000
const RUN_MS = 120_000
const POLL_MS = 40

export type PlatformOptions = {
  /** An existing data folder; a new one below the system's temporary folder without it. */
  data?: string
  args?: readonly string[]
  env?: Readonly<Record<string, string>>
}

export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'capstan-test-'))

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again until the answer is one; throws after `limitMs`. */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false>, limitMs = 30_000): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`)
    await sleep(POLL_MS)
  }
}

/** A test that fails, or is stopped, must not leave its platform running. */
const SETPRIV = '/usr/bin/setpriv'
const COMMAND = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', process.execPath] : [process.execPath]

/** A whole platform as people start it: a process of its own, known by what it prints. */
export class Platform {
  readonly data: string
  readonly #child: ChildProcess
  readonly #exit: Promise<number | NodeJS.Signals | null>
  #output = ''
  #errors = ''
  #url = ''
  #token: string | null = null

  private constructor(data: string, { args = [], env = {} }: PlatformOptions) {
    this.data = data
    this.#child = spawn(COMMAND[0] as string, [...COMMAND.slice(1), MAIN, '--data', data, '--port', '0', '--no-sample', ...args], {
      env: { ...process.env, INIT_CWD: data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()))
    this.#exit = once(this.#child, 'exit').then(([code, signal]) => (signal as NodeJS.Signals | null) ?? (code as number | null))
  }

  /** Starts and waits for the line that says where it is. Throws with what it printed when it ends before. */
  static async start(options: PlatformOptions = {}): Promise<Platform> {
    const platform = new Platform(options.data ?? newDataFolder(), options)
    let isOver = false
    void platform.#exit.then(() => (isOver = true))
    const said = () => (/Capstan is ready at (\S+)/.exec(platform.#output)?.[1] ?? isOver) || null
    const url = await until('the platform', async () => said(), READY_MS).catch((error: unknown) => {
      platform.#child.kill('SIGKILL')
      throw error
    })
    if (url === true) throw new Error(`the platform did not start: ${platform.#errors || platform.#output}`)
    platform.#url = url
    return platform
  }

  /** Runs to the end by itself: with --once, with an armed crash point, or because it refuses to start. */
  static async run(options: PlatformOptions = {}): Promise<{ exit: number | NodeJS.Signals | null; stdout: string; stderr: string }> {
    const platform = new Platform(options.data ?? newDataFolder(), options)
    const exit = await platform.exit(RUN_MS)
    return { exit, stdout: platform.#output, stderr: platform.#errors }
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get errors(): string {
    return this.#errors
  }

  /** How it ended; kills it and throws after `limitMs`. */
  async exit(limitMs: number): Promise<number | NodeJS.Signals | null> {
    const late = new AbortController()
    const timer = setTimeout(() => {
      late.abort()
      this.#child.kill('SIGKILL')
    }, limitMs)
    const exit = await this.#exit
    clearTimeout(timer)
    if (late.signal.aborted) throw new Error(`the platform did not end within ${limitMs} ms`)
    return exit
  }

  async stop(): Promise<number | NodeJS.Signals | null> {
    this.#child.kill('SIGTERM')
    const exit = await this.exit(STOP_MS)
    if (exit !== 0) throw new Error(`the platform ended with ${exit}: ${this.#errors}`)
    return exit
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** Stops it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  password(): string {
    return readFileSync(join(this.data, 'admin-password'), 'utf8').trim()
  }

  /** Signs in as the administrator and makes a token; or goes on with one that was made before. */
  async signIn(known?: string): Promise<string> {
    this.#token = known ?? (await this.makeToken())
    return this.#token
  }

  async makeToken(rights?: Right[]): Promise<string> {
    const { cookie, csrfToken } = await this.openSession()
    const call = createClient({ baseUrl: this.#url, headers: () => ({ cookie, 'x-csrf-token': csrfToken }) })
    const { token } = await call(api.tokens.create, { body: { name: 'test', ...(rights ? { rights } : {}) } })
    return token
  }

  async openSession(): Promise<{ cookie: string; csrfToken: string }> {
    const response = await fetch(`${this.#url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: this.password() }),
    })
    if (response.status !== 201) throw new Error(`sign-in answered ${response.status}: ${await response.text()}`)
    const cookie = response.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const { csrfToken } = (await response.json()) as { csrfToken: string }
    return { cookie, csrfToken }
  }

  get token(): string {
    if (!this.#token) throw new Error('sign in first')
    return this.#token
  }

  get call(): Client {
    return createClient({ baseUrl: this.#url, headers: () => ({ authorization: `Bearer ${this.token}` }) })
  }

  /** A plain request with the token, for what the typed client does not say. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...(init.headers as Record<string, string> | undefined) }
    return fetch(path.startsWith('http') ? path : `${this.#url}${path}`, { ...init, headers })
  }

  /** Creates an upload by tus; answers its URL. */
  async createUpload(name: string, sizeBytes: number, workflow = 'ingest'): Promise<Response> {
    const metadata = Object.entries({ filename: name, workflow }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    return this.fetch('/api/v1/uploads', {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': String(sizeBytes), 'upload-metadata': metadata.join(',') },
    })
  }

  /** Sends the rest of an upload from where the server has it. */
  async sendUpload(location: string, bytes: Uint8Array): Promise<Response> {
    const url = new URL(location, this.#url)
    const path = `${this.#url}${url.pathname}`
    const head = await this.fetch(path, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })
    if (!head.ok) return head
    const offset = Number(head.headers.get('upload-offset'))
    return this.fetch(path, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body: bytes.subarray(offset) as Uint8Array<ArrayBuffer>,
    })
  }

  async upload(name: string, bytes: Uint8Array, workflow?: string): Promise<void> {
    const created = await this.createUpload(name, bytes.byteLength, workflow)
    if (created.status !== 201) throw new Error(`creating the upload answered ${created.status}: ${await created.text()}`)
    if (bytes.byteLength === 0) return
    const sent = await this.sendUpload(created.headers.get('location') as string, bytes)
    if (sent.status !== 204) throw new Error(`the upload answered ${sent.status}: ${await sent.text()}`)
  }

  /** The asset of a name, once its first run has ended. */
  async ended(name: string, limitMs = RUN_MS): Promise<{ asset: AssetView; run: RunView }> {
    return until(
      `the end of ${JSON.stringify(name)}`,
      async () => {
        const asset = await this.assetNamed(name)
        const [summary] = asset ? (await this.call(api.runs.list, { query: { filter: `asset:${asset.id}` } })).items : []
        if (!asset || !summary || !['completed', 'failed', 'cancelled'].includes(summary.status)) return null
        // The asset hears of its run by an event.
        if (asset.work?.status === 'running') return null
        const run = await this.call(api.runs.get, { params: { id: summary.id } })
        return { asset: await this.call(api.assets.get, { params: { id: asset.id } }), run }
      },
      limitMs,
    )
  }

  async assetNamed(originalName: string): Promise<AssetView | null> {
    const { items } = await this.call(api.files.list, { query: { limit: 200 } })
    const file = items.find((item) => item.originalName === originalName)
    return file ? this.call(api.assets.get, { params: { id: file.assetId } }) : null
  }
}
