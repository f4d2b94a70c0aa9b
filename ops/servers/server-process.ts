import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRoot } from './folder.ts'
import type { ServerControl } from './store-server.ts'

const STOP_MS_MAX = 15_000
const POLL_MS = 50
const LOG_TAIL_CHARS = 2_000

export type Launch = {
  /** Names it in errors. */
  name: string
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  /** Runs as this user when we are root. */
  user?: string
  /** Its working folder; what it prints goes to the file `log` in it. */
  folder: string
  /** Rejects as long as the server does not serve. */
  ready: () => Promise<unknown>
  readyMsMax?: number
}

/** One server process: dies with us, even when we are killed, and waits for nothing without a limit. */
export class ServerProcess implements ServerControl {
  readonly #launch: Launch
  #child: ChildProcess | null = null

  private constructor(launch: Launch) {
    this.#launch = launch
  }

  static async start(launch: Launch): Promise<ServerProcess> {
    const server = new ServerProcess(launch)
    await server.#start()
    return server
  }

  readonly kill = (): Promise<void> => this.#end('SIGKILL')

  /** Asks it to end, waits, and ends it. */
  readonly stop = (): Promise<void> => this.#end('SIGTERM')

  readonly restart = async (): Promise<void> => {
    await this.stop()
    await this.#start()
  }

  readonly pause = (): void => void this.#child?.kill('SIGSTOP')

  readonly resume = (): void => void this.#child?.kill('SIGCONT')

  readonly pid = (): number => {
    if (!this.#child?.pid || !isAlive(this.#child)) throw new Error(`${this.#launch.name} does not run`)
    return this.#child.pid
  }

  async #start(): Promise<void> {
    const { name, readyMsMax = 60_000 } = this.#launch
    const child = this.#spawn()
    this.#child = child
    const deadlineMs = performance.now() + readyMsMax
    for (;;) {
      try {
        await this.#launch.ready()
        return
      } catch (error) {
        if (isAlive(child) && performance.now() < deadlineMs) {
          await sleep(POLL_MS)
          continue
        }
        const how = isAlive(child) ? `was not ready after ${readyMsMax} ms` : `ended at its start (${child.exitCode ?? child.signalCode})`
        await this.kill()
        throw new Error(`${name} ${how}; its last words: ${this.#lastWords()}`, { cause: error })
      }
    }
  }

  #spawn(): ChildProcess {
    const { command, args, env = process.env, user, folder } = this.#launch
    const asUser = user && isRoot() ? ['--reuid', user, '--regid', user, '--clear-groups'] : []
    const log = openSync(this.#logFile(), 'a')
    try {
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...asUser, '--', command, ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', log, log],
      })
      // Without a pid it never began; `isAlive` says so, and the start reports it.
      child.once('error', () => {})
      return child
    } finally {
      closeSync(log)
    }
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child || !isAlive(child)) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    child.kill('SIGCONT')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
    await ended
    clearTimeout(timer)
  }

  #lastWords(): string {
    return readFileSync(this.#logFile(), 'utf8').slice(-LOG_TAIL_CHARS).trim() || 'none'
  }

  #logFile(): string {
    return join(this.#launch.folder, 'log')
  }
}

const isAlive = ({ pid, exitCode, signalCode }: ChildProcess): boolean => pid !== undefined && exitCode === null && signalCode === null

/** Ends what runs on a folder, the last started first, and removes the folder. */
export async function endAll(servers: readonly { stop: () => Promise<void> }[], folder: string): Promise<void> {
  for (const server of servers.toReversed()) await server.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
