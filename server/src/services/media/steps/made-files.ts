import { constants } from 'node:fs'
import { open, realpath, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { CapstanError } from '../../../lib/errors.ts'

/*
 * What a tool has left in its folder. A decoder that a hostile file has taken over may leave a link to a file of ours, a pipe that nobody fills or a
 * device without an end in place of what it was asked for: only ordinary files directly in the folder are read, and nothing is written through.
 */

const READ_BYTES_MAX = 64 << 20

/** Text of a file that a tool made. Throws `invalid` for what is missing or no ordinary file. */
export const readMadeText = async (folder: string, name: string): Promise<string> => (await readMade(folder, name)).toString('utf8')

/** Never more than `bytesMax`, whatever stands there. */
export async function readMade(folder: string, name: string, bytesMax = READ_BYTES_MAX): Promise<Buffer> {
  const handle = await openMade(folder, name)
  try {
    const size = Math.min((await handle.stat()).size, bytesMax)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

export async function sizeOfMade(folder: string, name: string): Promise<number> {
  const handle = await openMade(folder, name)
  try {
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }
}

/** Writes a file of ours beside what a tool made; what lies there already is replaced, never written into. */
export async function writeBesideMade(folder: string, name: string, text: string): Promise<void> {
  const path = join(await realpath(folder), name)
  await rm(path, { force: true }).catch(() => refuse(name))
  // Exclusive: a link that is there all the same is not followed.
  const handle = await open(path, 'wx').catch(() => refuse(name))
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
}

/** O_NONBLOCK: a pipe must not hold us until somebody writes to it. */
async function openMade(folder: string, name: string): Promise<FileHandle> {
  if (name.includes('/') || name.includes('\0')) refuse(name)
  const path = join(await realpath(folder), name)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => refuse(name))
  try {
    if ((await handle.stat()).isFile()) return handle
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return refuse(name)
}

function refuse(name: string): never {
  throw new CapstanError('invalid', `what was made as ${name} is missing or no ordinary file`)
}
