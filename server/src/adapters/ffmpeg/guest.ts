import { lchown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'
import type { Guest } from './sandbox.ts'

export type Owner = { uid: number; gid: number }
export type InputFacts = Owner & { path: string; folder: boolean; mode: number }

export const OURSELVES: Owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }

/**
 * What it takes to let a run read its inputs: null unless we are root and one belongs to somebody else. Throws `unsupported` for two inputs
 * that only two different users may read.
 */
export function guestOf(inputs: readonly InputFacts[], ourselves: Owner = OURSELVES): Guest | null {
  if (ourselves.uid !== 0 || inputs.every(({ uid }) => uid === 0)) return null
  const closed = inputs.filter(({ uid, mode, folder }) => uid !== 0 && (mode & (folder ? 0o005 : 0o004)) === 0)
  const [first] = closed
  if (!first) return { owner: null }
  if (closed.some(({ uid }) => uid !== first.uid))
    throw new CapstanError('unsupported', 'the files of this job belong to different users who keep them to themselves')
  return { owner: { uid: first.uid, gid: first.gid } }
}

/** Hands a folder and all that is in it to a user; links are not followed. */
export async function giveTo(folder: string, { uid, gid }: Owner): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const path of [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))]) await lchown(path, uid, gid)
}
