import { AsyncLocalStorage } from 'node:async_hooks'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { tell } from './command.ts'

const WAIT_SECONDS_MAX = 3_600
const WORD_AFTER_MS = 2_000

/** Whether this flow of work holds the lock already: what is built may need a tool that has to be fetched first. */
const holding = new AsyncLocalStorage<true>()

/** Does `work` while nobody else on this machine (with the same cache folder) does such work. The kernel frees the lock when we die. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  if (holding.getStore()) return work()
  mkdirSync(cacheFolder(), { recursive: true })
  const args = ['-w', String(WAIT_SECONDS_MAX), join(cacheFolder(), 'lock'), 'sh', '-c', 'echo held; cat >/dev/null']
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const word = setTimeout(() => tell('another process is bringing a server; waiting for it'), WORD_AFTER_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve())
      holder.once('error', reject)
      holder.once('exit', (code) => reject(new Error(`the lock on ${cacheFolder()} was not to be had (${code})`)))
    })
    clearTimeout(word)
    return await holding.run(true, work)
  } finally {
    clearTimeout(word)
    holder.stdin.end()
  }
}
