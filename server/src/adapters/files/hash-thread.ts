import { createHash, type Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { createXXHash64 } from 'hash-wasm'

/*
 * Checksums of files while they grow: the thread reads what was written from the page cache, so that a file's bytes never cross threads and a
 * restart needs no saved state. One read feeds all three sums.
 */

export type ToHashThread =
  | { type: 'open'; id: number; fd: number }
  | { type: 'advance'; id: number; toBytes: number }
  | { type: 'digest'; id: number }
  | { type: 'close'; id: number }
export type FromHashThread =
  | { type: 'progress'; id: number; bytes: number }
  | { type: 'digest'; id: number; checksums: { sha256: string; md5: string; xxh64: string } }
  | { type: 'failed'; id: number; message: string; code: string | null }
  | { type: 'closed'; id: number }

type XxHash = Awaited<ReturnType<typeof createXXHash64>>
type Following = { fd: number; bytes: number; toBytes: number; sha256: Hash; md5: Hash; xxh64: XxHash; isDigestWanted: boolean }

const SLICE_BYTES = 2 << 20

const port = parentPort!
const buffer = Buffer.alloc(SLICE_BYTES)
const following = new Map<number, Following>()
let isWorking = false
let ready: Promise<unknown> = Promise.resolve()

const send = (message: FromHashThread): void => port.postMessage(message)

port.on('message', (message: ToHashThread) => {
  ready = ready.then(() => handle(message))
})

async function handle(message: ToHashThread): Promise<void> {
  if (message.type === 'open') {
    const xxh64 = (await createXXHash64()).init()
    following.set(message.id, {
      fd: message.fd,
      bytes: 0,
      toBytes: 0,
      sha256: createHash('sha256'),
      md5: createHash('md5'),
      xxh64,
      isDigestWanted: false,
    })
    return
  }
  if (message.type === 'close') {
    following.delete(message.id)
    send({ type: 'closed', id: message.id })
    return
  }
  const entry = following.get(message.id)
  if (!entry) return
  if (message.type === 'advance') entry.toBytes = Math.max(entry.toBytes, message.toBytes)
  if (message.type === 'digest') entry.isDigestWanted = true
  work()
}

/** One slice of each file in turn, messages in between. */
function work(): void {
  if (isWorking) return
  isWorking = true
  setImmediate(() => {
    isWorking = false
    let isMore = false
    for (const [id, entry] of following) {
      try {
        step(id, entry)
      } catch (error) {
        following.delete(id)
        send({
          type: 'failed',
          id,
          message: error instanceof Error ? error.message : String(error),
          code: (error as NodeJS.ErrnoException).code ?? null,
        })
      }
      isMore ||= following.has(id) && entry.bytes < entry.toBytes
    }
    if (isMore) work()
  })
}

function step(id: number, entry: Following): void {
  if (entry.bytes < entry.toBytes) {
    const read = readSync(entry.fd, buffer, 0, Math.min(SLICE_BYTES, entry.toBytes - entry.bytes), entry.bytes)
    if (read === 0) throw new Error('the file became shorter while it was read')
    const slice = buffer.subarray(0, read)
    entry.sha256.update(slice)
    entry.md5.update(slice)
    entry.xxh64.update(slice)
    entry.bytes += read
    send({ type: 'progress', id, bytes: entry.bytes })
  }
  if (!entry.isDigestWanted || entry.bytes < entry.toBytes) return
  following.delete(id)
  send({
    type: 'digest',
    id,
    checksums: { sha256: entry.sha256.digest('hex'), md5: entry.md5.digest('hex'), xxh64: entry.xxh64.digest('hex') },
  })
}
