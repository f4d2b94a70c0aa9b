import { promisify } from 'node:util'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { CapstanError } from '../../../../lib/errors.ts'

const ENTRIES_MAX = 10_000
const TOTAL_BYTES_MAX = 256 * 1024 ** 2
const RATIO_MAX = 1000
/** Below this size the ratio of a part means nothing. */
const RATIO_FROM_BYTES = 1024 ** 2

export type ZipReader = {
  names: readonly string[]
  /** Throws `too_large` when the entry, or all that was read so far, passes its limit. */
  read(name: string, bytesMax: number): Promise<Uint8Array>
  close(): void
}

const bomb = (message: string) => new CapstanError('too_large', message, { details: { bomb: true } })

/** Opens an archive for reading single entries, with limits on entries, ratio and bytes; nothing is written to disk. */
export async function openZip(path: string): Promise<ZipReader> {
  const zip = await promisify<string, yauzl.Options, ZipFile>(yauzl.open)(path, {
    lazyEntries: true,
    autoClose: false,
    validateEntrySizes: true,
  })
  const entries = await listEntries(zip)
  let total = 0
  return {
    names: [...entries.keys()],
    read: async (name, bytesMax) => {
      const entry = entries.get(name)
      if (entry === undefined) throw new CapstanError('not_found', `there is no ${name} in the archive`)
      if (entry.uncompressedSize > RATIO_FROM_BYTES && entry.uncompressedSize > entry.compressedSize * RATIO_MAX)
        throw bomb(`${name} unpacks to more than ${RATIO_MAX} times its size`)
      if (entry.uncompressedSize > bytesMax) throw new CapstanError('too_large', `${name} unpacks to ${entry.uncompressedSize} bytes`)
      total += entry.uncompressedSize
      if (total > TOTAL_BYTES_MAX) throw bomb(`the archive unpacks to more than ${TOTAL_BYTES_MAX} bytes`)
      return readEntry(zip, entry)
    },
    close: () => zip.close(),
  }
}

function listEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  const { promise, resolve, reject } = Promise.withResolvers<Map<string, Entry>>()
  const entries = new Map<string, Entry>()
  if (zip.entryCount > ENTRIES_MAX) reject(bomb(`the archive has ${zip.entryCount} entries`))
  zip.on('entry', (entry: Entry) => {
    entries.set(entry.fileName, entry)
    if (entries.size > ENTRIES_MAX) reject(bomb(`the archive has more than ${ENTRIES_MAX} entries`))
    else zip.readEntry()
  })
  zip.on('end', () => resolve(entries))
  zip.on('error', reject)
  zip.readEntry()
  return promise
}

/** yauzl ends the stream with an error when it yields more than the entry's stated size. */
async function readEntry(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const stream = await zip.openReadStreamPromise(entry)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
