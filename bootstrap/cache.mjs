import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BootFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { failureSentence } from './plan.mjs'
import { tell } from './progress.mjs'

/** The first of the folders that can be written; null when none can. */
export function writableFolder(folders) {
  return folders.find((folder) => {
    try {
      mkdirSync(folder, { recursive: true })
      accessSync(folder, constants.W_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * The path of `<cache>/<name>/<proof>`, made by `make(temporaryFolder, cacheFolder)` when no cache folder has it. What `make` leaves in
 * `<temporaryFolder>/goal` becomes visible at once and whole, and only one process makes it.
 */
export async function cached({ folders, name, proof, doing, make }) {
  const find = () => folders.map((folder) => join(folder, name, proof)).find((path) => existsSync(path))
  const found = find()
  if (found) return found
  const cacheFolder = writableFolder(folders)
  if (!cacheFolder)
    throw new BootFailure(`${doing} needs a folder to keep it in and ${folders[0]} cannot be written. Set XDG_CACHE_HOME to one that can.`)
  try {
    await withLock(
      join(cacheFolder, `${name}.lock`),
      () => makeOnce({ find, cacheFolder, name, make }),
      () => tell(`another start is ${doing}; waiting for it`),
    )
  } catch (thrown) {
    if (thrown instanceof BootFailure) throw thrown
    throw new BootFailure(failureSentence(doing, String(thrown?.message), null))
  }
  return find()
}

async function makeOnce({ find, cacheFolder, name, make }) {
  if (find()) return
  const prefix = `.${name}-`
  for (const left of readdirSync(cacheFolder))
    if (left.startsWith(prefix)) rmSync(join(cacheFolder, left), { recursive: true, force: true })
  const temporary = mkdtempSync(join(cacheFolder, prefix))
  const goal = join(cacheFolder, name)
  try {
    await make(temporary, cacheFolder)
    rmSync(goal, { recursive: true, force: true })
    renameSync(join(temporary, 'goal'), goal)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
