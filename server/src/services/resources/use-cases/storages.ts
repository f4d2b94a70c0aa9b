import type { StorageView } from '@capstan/contract/resources'
import { notFound } from '../../../lib/errors.ts'
import { uuidFrom } from '../../../lib/ids.ts'
import { lowWaterBytes, type Storage } from '../../../ports/storage.ts'
import { toStorageView, type StorageRecord } from '../domain/storage.ts'
import type { ResourceStore } from '../ports/resource-store.ts'

/** A storage that this process has opened. */
export type OpenStorage = Readonly<{ name: string; url: string; purpose: StorageView['purpose']; storage: Pick<Storage, 'space'> }>

type Deps = { store: ResourceStore; storages: readonly OpenStorage[]; lowWaterBytes: () => number | null }

/** Polling waits so long at most for a mount that hangs. */
const SPACE_MS_MAX = 2_000

/** Makes what this process has opened known to the account. */
export const ensureStorages =
  ({ store, storages, lowWaterBytes: setBytes }: Deps) =>
  (accountId: number): Promise<void> =>
    store.ensureStorages(
      storages.map(({ name, url, purpose }) => ({
        id: uuidFrom(`storage/${accountId}/${name}`),
        accountId,
        name,
        url,
        purpose,
        lowWaterBytes: setBytes(),
        revision: 1,
      })),
    )

/** Every storage with its room now. */
export const listStorages =
  (deps: Deps) =>
  async (accountId: number): Promise<StorageView[]> =>
    Promise.all((await deps.store.storages(accountId)).map((record) => viewStorage(deps, record)))

export const getStorage =
  (deps: Deps) =>
  async (accountId: number, id: string): Promise<StorageView> => {
    const record = (await deps.store.storages(accountId)).find((known) => known.id === id)
    if (!record) throw notFound('storage', id)
    return viewStorage(deps, record)
  }

async function viewStorage({ storages }: Deps, record: StorageRecord): Promise<StorageView> {
  const open = storages.find(({ name }) => name === record.name)
  if (!open) return toStorageView(record, null, 'no process here has this storage open')
  const { promise: late, resolve, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('it does not answer')), SPACE_MS_MAX)
  try {
    const space = await Promise.race([open.storage.space(), late])
    return toStorageView(record, { ...space, lowWaterBytes: lowWaterBytes(space.sizeBytes, record.lowWaterBytes) }, null)
  } catch (error) {
    return toStorageView(record, null, error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
    resolve(undefined as never)
  }
}
