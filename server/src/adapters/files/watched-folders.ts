import { watch, type FSWatcher } from 'node:fs'
import { lstat, readdir, rename, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'
import type { PathBytes, SeenFile } from '../../services/transfer/domain/hot-folder.ts'
import { numberedName } from '../../services/transfer/domain/names.ts'
import type { WatchedFolders } from '../../services/transfer/ports/watched-folders.ts'
import { isErrno, makeFolder } from './durable.ts'
import { identityOf } from './source-files.ts'

const REFUSED = 'refused'
const SLASH = Buffer.from('/')
const DEPTH_MAX = 32
const NUMBERS_MAX = 10_000
const REASON = '.reason.txt'

/** Folders of this machine; names are bytes throughout. */
export class LocalWatchedFolders implements WatchedFolders {
  async prepare(folder: string): Promise<void> {
    try {
      await makeFolder(folder)
      await readdir(folder)
    } catch (error) {
      throw unreachable(folder, error)
    }
  }

  async look(folder: string): Promise<SeenFile[]> {
    const found: SeenFile[] = []
    try {
      await collect(Buffer.from(folder), Buffer.alloc(0), found, 0)
    } catch (error) {
      throw unreachable(folder, error)
    }
    return found
  }

  watch(folder: string, onChange: (name: string | null) => void): { close(): void } {
    let watcher: FSWatcher | null = null
    try {
      watcher = watch(folder, { recursive: false, persistent: false, encoding: 'buffer' }, (_, name) =>
        onChange(name?.toString('latin1') ?? null),
      )
      // Some file systems cannot tell; the looks at intervals remain.
      watcher.on('error', () => watcher?.close())
    } catch {
      watcher = null
    }
    return { close: () => watcher?.close() }
  }

  async setAside(folder: string, paths: readonly PathBytes[], reason: string): Promise<void> {
    const refused = join(folder, REFUSED)
    await makeFolder(refused)
    let isReasonWritten = false
    for (const path of paths) {
      const source = Buffer.from(path)
      if (!(await isThere(source))) continue
      const target = await freeName(refused, baseOf(source))
      if (!isReasonWritten) await writeFile(await freeName(refused, baseOf(target), REASON), `${reason}\n`)
      isReasonWritten = true
      await rename(source, target)
    }
  }

  async removeEmpty(folder: string, path: PathBytes): Promise<void> {
    const root = Buffer.from(folder)
    let parent = Buffer.from(path)
    for (;;) {
      parent = parent.subarray(0, parent.lastIndexOf(0x2f))
      if (parent.length <= root.length) return
      try {
        await rmdir(parent)
      } catch {
        return
      }
    }
  }
}

async function collect(folder: Buffer, relative: Buffer, found: SeenFile[], depth: number): Promise<void> {
  if (depth > DEPTH_MAX) return
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([folder, SLASH, entry.name])
    const key = relative.length === 0 ? entry.name : Buffer.concat([relative, SLASH, entry.name])
    if (entry.isDirectory() && !(depth === 0 && entry.name.equals(Buffer.from(REFUSED)))) {
      await collect(path, key, found, depth + 1).catch((error: unknown) =>
        isErrno(error, 'ENOENT', 'EACCES') ? undefined : Promise.reject(error as Error),
      )
    }
    if (!entry.isFile()) continue
    const stats = await lstat(path, { bigint: true }).catch(() => null)
    if (!stats?.isFile()) continue
    found.push({
      path,
      key: key.toString('latin1'),
      inode: `${stats.dev}:${stats.ino}`,
      identity: identityOf(stats),
      sizeBytes: Number(stats.size),
      changedAtMs: Number(stats.ctimeNs) / 1e6,
    })
  }
}

const baseOf = (path: Buffer): Buffer => path.subarray(path.lastIndexOf(0x2f) + 1)

async function freeName(folder: string, name: Buffer, suffix = ''): Promise<Buffer> {
  for (let number = 0; number < NUMBERS_MAX; number++) {
    const candidate = Buffer.concat([Buffer.from(folder), SLASH, numberedName(name, number, suffix)])
    if (!(await isThere(candidate))) return candidate
  }
  throw new CapstanError('conflict', 'too many refused files have the same name: clear the folder "refused"')
}

const isThere = (path: Buffer): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

const unreachable = (folder: string, cause: unknown) => {
  const code = (cause as NodeJS.ErrnoException | null)?.code
  const why =
    code === 'ENOENT'
      ? 'it is gone'
      : code === 'EACCES'
        ? 'Capstan may not read it'
        : code === 'ENOTDIR'
          ? 'it is no folder'
          : 'it cannot be read'
  return new CapstanError('unavailable', `the hot folder ${folder} cannot be watched: ${why}`, { cause })
}
