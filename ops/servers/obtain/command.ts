import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const ERROR_CHARS_MAX = 3_000

/** Debian keeps servers in sbin, which is not on everybody's PATH. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/usr/local/go/bin']

/** The path of a program, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ALSO]
  return folders.map((folder) => join(folder, name)).find(canRun) ?? null
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export type Run = { cwd?: string; env?: NodeJS.ProcessEnv; limitMs: number }

/** Runs a program at low priority to its end, and with us. Rejects with what it said last. */
export async function runQuietly(command: string, args: readonly string[], { cwd, env = process.env, limitMs }: Run): Promise<string> {
  try {
    const options = { ...(cwd ? { cwd } : {}), env, timeout: limitMs, maxBuffer: OUTPUT_BYTES_MAX }
    const { stdout } = await run('setpriv', ['--pdeathsig', 'KILL', 'nice', '-n', '10', command, ...args], options)
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args[0] ?? ''} failed: ${(stdout + stderr).slice(-ERROR_CHARS_MAX) || String(error)}`, { cause: error })
  }
}

export const mayInstall = (): boolean => process.env['CAPSTAN_TEST_INSTALL'] === '1'

export const tell = (sentence: string): void => void process.stderr.write(`capstan: ${sentence}\n`)

export const findFile = (paths: readonly string[]): string | null => paths.find((path) => existsSync(path)) ?? null
