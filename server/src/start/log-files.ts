import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino, stdSerializers, type Logger } from 'pino'
import { LogFile } from './log-file.ts'

const FILE_BYTES_MAX = 50 * 1024 * 1024
const FILES_KEPT = 10
const CHECK_MS = 60_000

/** JSON lines in `<data>/logs/capstan.log`, turned over at 50 MiB, ten files kept. Secrets are cut out by name. */
export function openLog(folder: string, level: string): { logger: Logger; close: () => void } {
  const path = join(folder, 'capstan.log')
  turnOver(folder, path)
  const file = new LogFile(path)
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: stdSerializers.err },
      redact: {
        paths: ['*.password', '*.token', '*.secret', '*.cookie', '*.authorization', 'headers.authorization', 'headers.cookie'],
        censor: '[removed]',
      },
    },
    file,
  )
  const timer = setInterval(() => {
    if (turnOver(folder, path)) file.reopen()
  }, CHECK_MS)
  timer.unref()
  return {
    logger,
    close: () => {
      clearInterval(timer)
    },
  }
}

function turnOver(folder: string, path: string): boolean {
  if (!existsSync(path) || statSync(path).size < FILE_BYTES_MAX) return false
  renameSync(path, join(folder, `capstan-${new Date().toISOString().replace(/[:.]/g, '-')}.log`))
  const old = readdirSync(folder)
    .filter((name) => /^capstan-.+\.log$/.test(name))
    .sort()
  for (const name of old.slice(0, Math.max(0, old.length - FILES_KEPT))) rmSync(join(folder, name), { force: true })
  return true
}
