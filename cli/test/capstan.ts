import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../src/main.ts')

export type Said = { exit: number | null; stdout: string; stderr: string }

/** The command as a person at a machine calls it: a home and a folder of their own, nothing of ours in the environment. */
export class Person {
  readonly folder = mkdtempSync(join(tmpdir(), 'capstan-cli-'))
  readonly #data: string

  constructor(data: string) {
    this.#data = data
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.folder,
        CAPSTAN_DATA: this.#data,
        NODE_COMPILE_CACHE: this.path('.cache'),
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  async run(
    args: readonly string[],
    { input = '', env = {} }: { input?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Said> {
    const child = this.start(args, env)
    const said = { stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
    child.stdin?.end(input)
    const [exit] = (await once(child, 'close')) as [number | null]
    return { exit, ...said }
  }

  /** The answer of `--json`; throws with what was said when it failed. */
  async json<T>(args: readonly string[]): Promise<T> {
    const { exit, stdout, stderr } = await this.run([...args, '--json'])
    if (exit !== 0) throw new Error(`capstan ${args.join(' ')} ended with ${exit}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
