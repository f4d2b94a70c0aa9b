import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RIGHTS, type Right } from '@capstan/contract/rights'
import { FileHasher } from '../../src/adapters/files/file-hasher.ts'
import { LocalSourceFiles } from '../../src/adapters/files/source-files.ts'
import { LocalPackages } from '../../src/adapters/files/packages.ts'
import { openFileStorage, type FileStorage } from '../../src/adapters/files/storage.ts'
import { LocalUploadFiles } from '../../src/adapters/files/upload-files.ts'
import { LocalWatchedFolders } from '../../src/adapters/files/watched-folders.ts'
import { SqlTransferStore } from '../../src/adapters/sql/transfer-store.ts'
import { SqliteDatabase } from '../../src/adapters/sqlite/database.ts'
import { migrateSqlite } from '../../src/adapters/sqlite/migrate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { AssetsApi } from '../../src/services/assets/api.ts'
import type { Principal } from '../../src/services/identity/api.ts'
import { createTransfer, type Transfer, type TransferDeps } from '../../src/services/transfer/index.ts'
import { Effects, fakeAssets, fakeWorkflows } from './fakes.ts'

export const person = (name = 'Ada', rights: readonly Right[] = RIGHTS): Principal => ({
  kind: 'user',
  accountId: 1,
  id: `user-${name}`,
  name,
  rights: new Set(rights),
  requestId: null,
  address: null,
})

export type Harness = {
  transfer: Transfer
  store: SqlTransferStore
  storage: FileStorage
  effects: Effects
  folder: string
  stop(): Promise<void>
}

export type HarnessOptions = Partial<TransferDeps> & { assetsExtra?: Partial<AssetsApi> }

/** The transfer service on real adapters in `folder`, with assets and workflows that record what was done. */
export async function openHarness(folder: string, { assetsExtra, ...overrides }: HarnessOptions = {}): Promise<Harness> {
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  const database = new SqliteDatabase(join(folder, 'capstan.db'))
  await migrateSqlite(database, { nowMs: Date.now() })
  const hasher = new FileHasher(1)
  const effects = new Effects(join(folder, 'effects'))
  const store = new SqlTransferStore(database)
  const storage = await openFileStorage(pathToFileURL(join(folder, 'blobs')).href)
  const transfer = createTransfer({
    store,
    storage,
    uploadFiles: new LocalUploadFiles(join(folder, 'uploads'), hasher),
    sources: new LocalSourceFiles(hasher),
    assets: fakeAssets(effects, assetsExtra),
    workflows: fakeWorkflows(effects),
    folders: new LocalWatchedFolders(),
    packages: new LocalPackages(join(folder, 'published'), hasher),
    listHotFolders: async () => [],
    clock: systemClock,
    settings: { lowWaterBytes: () => 0, inPlaceBytesPerSecond: null },
    warn: () => {},
    ...overrides,
  })
  const stop = async () => {
    await transfer.stop()
    await hasher.close()
    await database.close()
  }
  return { transfer, store, storage, effects, folder, stop }
}

/** Serves uploads over HTTP as one person. */
export async function serveUploads(
  transfer: Transfer,
  by: Principal = person(),
): Promise<{ url: string; server: Server; close(): Promise<void> }> {
  const server = createServer((req, res) => void transfer.uploadHandler(req, res, by))
  server.requestTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}/api/v1/uploads`, server, close }
}
