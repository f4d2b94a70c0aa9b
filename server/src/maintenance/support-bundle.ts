import { createWriteStream, existsSync } from 'node:fs'
import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { cpus, totalmem, version as systemVersion } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { CapstanError } from '../lib/errors.ts'

export type SupportBundleDeps = {
  version: string
  logs: string
  settings: Record<string, unknown>
  counts: () => Promise<Record<string, unknown>>
}

const LOG_TAIL_BYTES = 8 * 1024 * 1024
const NAME = '(?:[\\w-]*(?:pass(?:word|wd|phrase)?|token|secret|cookie|authorization|csrf\\w*)|pass\\w*|code)'
/** A string in JSON, also in JSON within JSON; a scheme and its credential; else up to the next delimiter. */
const VALUE = '(?:(\\\\?")(?:\\\\.|[^"\\\\])*|(?:Bearer|Basic)\\s+[^",}\\s]+|[^",}\\s]+)'
const SECRET = new RegExp(`((?:\\\\?"|\\b)${NAME}(?:\\\\?")?\\s*[:=]\\s*)${VALUE}`, 'gi')
const TOKEN = /\bcap_[\w-]{10,}/g
const URL_SECRET = /(\w+:\/\/[^:/\s]+:)[^@/\s]+@/g

export const withoutSecrets = (text: string): string =>
  text
    .replace(SECRET, (_, name: string, quote: string | undefined) => `${name}${quote ?? ''}[removed]`)
    .replace(TOKEN, '[removed]')
    .replace(URL_SECRET, '$1[removed]@')

/** What a developer needs to help, and nothing that opens a door: logs' tails, settings, versions, counts. */
export const supportBundle =
  ({ version, logs, settings, counts }: SupportBundleDeps) =>
  async ({ path }: { path: string }): Promise<{ path: string; sizeBytes: number }> => {
    if (existsSync(path)) throw new CapstanError('conflict', `${path} is there already: name a file that does not exist yet`)
    const zip = new ZipFile()
    const add = (name: string, content: unknown) =>
      zip.addBuffer(Buffer.from(withoutSecrets(typeof content === 'string' ? content : JSON.stringify(content, null, 2))), name)
    add('about.json', {
      version,
      node: process.version,
      system: systemVersion(),
      processors: cpus().length,
      memoryBytes: totalmem(),
      madeAt: new Date().toISOString(),
    })
    add('settings.json', settings)
    add('counts.json', await counts())
    for (const name of (await readdir(logs))
      .filter((file) => file.endsWith('.log'))
      .sort()
      .slice(-3)) {
      const text = await readFile(join(logs, name))
      add(`logs/${name}`, text.subarray(Math.max(0, text.length - LOG_TAIL_BYTES)).toString('utf8'))
    }
    zip.end()
    await pipeline(zip.outputStream, createWriteStream(`${path}.partial`, { mode: 0o600 }))
    await rename(`${path}.partial`, path)
    return { path, sizeBytes: (await stat(path)).size }
  }
