import { normalize, sep } from 'node:path'
import type { HotFolderSettings, HotFolderView } from '@capstan/contract/resources'
import { isoTime } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'

export type HotFolder = Readonly<HotFolderSettings & { id: string; accountId: number; revision: number; createdAtMs: number }>

export type WatchStatus = Readonly<Pick<HotFolderView, 'status' | 'message' | 'watching'>>

export const toHotFolderView = ({ accountId: _, createdAtMs, ...folder }: HotFolder, watch: WatchStatus): HotFolderView => ({
  ...folder,
  ...(folder.enabled ? watch : { status: 'stopped', message: null, watching: 0 }),
  createdAt: isoTime(createdAtMs),
})

/** For those who need not know where it is; what is wrong with it would say so too. */
export const withoutPath = (view: HotFolderView): HotFolderView => ({ ...view, path: null, message: null })

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

/** Folders of the system: whoever watches them takes the machine apart. */
const SYSTEM = ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys', '/usr']

/**
 * The path as it is kept: absolute, without a slash at its end. Throws `invalid` for one that holds the platform's own files (all of `dataFolder` but
 * its `hot`), or the system's, and `conflict` for one within another hot folder or around it.
 */
export function checkPath(path: string, dataFolder: string, others: readonly HotFolder[]): string {
  if (!path.startsWith('/') || path.includes('\0'))
    throw new CapstanError('invalid', 'the path of a hot folder must be absolute, for example /media/inbox')
  const clean = normalize(path).replace(/(?<=.)\/+$/, '')
  const isOurs = (isWithin(clean, dataFolder) && !isWithin(clean, `${dataFolder}/hot`)) || isWithin(dataFolder, clean)
  if (isOurs)
    throw new CapstanError(
      'invalid',
      `${clean} holds the platform's own files; within the data folder only ${dataFolder}/hot can be watched`,
    )
  if (clean === '/' || SYSTEM.some((folder) => isWithin(clean, folder)))
    throw new CapstanError('invalid', `${clean} belongs to the system and cannot be a hot folder`)
  const other = others.find((known) => isWithin(clean, known.path) || isWithin(known.path, clean))
  if (other)
    throw new CapstanError(
      'conflict',
      `${clean} overlaps with the hot folder "${other.name}" (${other.path}): a file must belong to one of them`,
    )
  return clean
}
