import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startS3 } from '../../../../ops/servers/s3.ts'
import { credentialsOf, type StartOptions, type StoreServer } from '../../../../ops/servers/store-server.ts'
import { S3Client, type S3Options } from './client.ts'
import { S3Storage, type S3StorageOptions } from './storage.ts'

export type S3ForTests = {
  server: StoreServer
  /** A bucket of its own, empty; `through` is the address of a proxy before the server. */
  newBucket: (through?: string) => Promise<S3Options>
  /** What is opened here is closed at the end. */
  open: (options?: Partial<S3StorageOptions>) => Promise<S3Storage>
  newFolder: () => Promise<string>
  stop: () => Promise<void>
}

/** An S3; null when there is no server to be had. For tests only. */
export async function s3ForTests(start: StartOptions = {}): Promise<S3ForTests | null> {
  const server = await startS3(start)
  if (!server) return null
  const folders: string[] = []
  const opened: S3Storage[] = []
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capstan-s3-'))
    folders.push(folder)
    return folder
  }
  const newBucket = async (through: string = server.url): Promise<S3Options> => {
    const { username, password } = credentialsOf(server.url)
    const ca = server.ca === null ? {} : { ca: server.ca }
    const options = { bucket: `t${randomUUID()}`, accessKeyId: username, secretAccessKey: password, ...ca }
    const client = new S3Client({ ...options, endpoint: credentialsOf(server.url).url })
    const made = await client.ask({ method: 'PUT' })
    client.close()
    if (made.refusal) throw new Error(`no bucket: ${made.refusal.code} ${made.refusal.message}`)
    return { ...options, endpoint: credentialsOf(through).url }
  }
  const open = async (options: Partial<S3StorageOptions> = {}) => {
    const bucket = options.bucket === undefined ? await newBucket() : {}
    const copies = { folder: join(await newFolder(), 'copies'), bytesMax: 2 ** 30 }
    const storage = await S3Storage.open({ ...(bucket as S3Options), copies, ...options })
    opened.push(storage)
    return storage
  }
  const stop = async () => {
    for (const storage of opened) storage.close()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
    await server.stop()
  }
  return { server, newBucket, open, newFolder, stop }
}
