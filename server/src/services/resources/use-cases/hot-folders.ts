import type { HotFolderSettings } from '@capstan/contract/resources'
import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { CheckWorkflow } from '../../workflows/api.ts'
import { checkPath, type HotFolder } from '../domain/hot-folder.ts'
import type { ResourceStore } from '../ports/resource-store.ts'

export type HotFolderDeps = {
  store: ResourceStore
  checkWorkflow: CheckWorkflow
  /** Makes the folder where it is missing; throws when it cannot be read. */
  prepareFolder: (path: string) => Promise<void>
  dataFolder: string
  /** Tells the watchers. */
  changed: () => Promise<void>
  nowMs: () => number
}

/** Its files start the workflow by the right of whoever made it. */
export const createHotFolder =
  (deps: HotFolderDeps) =>
  async (by: Principal, settings: HotFolderSettings): Promise<HotFolder> => {
    authorise(by, 'administer')
    await deps.checkWorkflow(by, settings.workflow)
    const path = checkPath(settings.path, deps.dataFolder, await deps.store.allHotFolders())
    await prepare(deps, path)
    const now = deps.nowMs()
    const folder: HotFolder = { ...settings, path, id: uuidv7(now), accountId: by.accountId, revision: 1, createdAtMs: now }
    await deps.store.addHotFolder(folder, [eventOf('hot_folder.created', by, null, folder, now)])
    await deps.changed()
    return folder
  }

/** `change` holds what is to be different. */
export const changeHotFolder =
  (deps: HotFolderDeps) =>
  async (by: Principal, id: string, change: Partial<HotFolderSettings>, expectedRevision: number | null): Promise<HotFolder> => {
    authorise(by, 'administer')
    const folder = await getHotFolder(deps.store, by.accountId, id)
    if (expectedRevision !== null && expectedRevision !== folder.revision)
      throw new CapstanError('stale', 'this hot folder was changed meanwhile: read it again and repeat the change')
    // What it starts, where and whether at all: who decides that answers for it.
    const decides = change.workflow !== undefined || change.path !== undefined || change.enabled === true
    if (decides) await deps.checkWorkflow(by, change.workflow ?? folder.workflow)
    const others = (await deps.store.allHotFolders()).filter((other) => other.id !== id)
    const path = change.path === undefined ? folder.path : checkPath(change.path, deps.dataFolder, others)
    if (path !== folder.path) await prepare(deps, path)
    const changed: HotFolder = { ...folder, ...change, path, revision: folder.revision + 1 }
    await deps.store.saveHotFolder(changed, folder.revision, [eventOf('hot_folder.changed', by, folder, changed, deps.nowMs())])
    await deps.changed()
    return changed
  }

/** Stops watching; the files stay. */
export const removeHotFolder =
  (deps: HotFolderDeps) =>
  async (by: Principal, id: string): Promise<void> => {
    authorise(by, 'administer')
    const folder = await getHotFolder(deps.store, by.accountId, id)
    await deps.store.removeHotFolder(by.accountId, id, [eventOf('hot_folder.removed', by, folder, null, deps.nowMs())])
    await deps.changed()
  }

export async function getHotFolder(store: ResourceStore, accountId: number, id: string): Promise<HotFolder> {
  const folder = await store.findHotFolder(accountId, id)
  if (!folder) throw notFound('hot folder', id)
  return folder
}

async function prepare({ prepareFolder }: HotFolderDeps, path: string): Promise<void> {
  try {
    await prepareFolder(path)
  } catch (error) {
    throw new CapstanError('invalid', `${path} cannot be watched: it must be a folder that Capstan may make, read and write`, {
      cause: error,
    })
  }
}

const shown = ({ name, path, workflow, quietSeconds, enabled, duplicates }: HotFolder) => ({
  name,
  path,
  workflow,
  quietSeconds,
  enabled,
  duplicates,
})

function eventOf(name: string, by: Principal, before: HotFolder | null, after: HotFolder | null, nowMs: number): EventEnvelope {
  const folder = (after ?? before)!
  return newEvent(name, nowMs, {
    accountId: by.accountId,
    actor: actorOf(by),
    subject: { kind: 'hot_folder', id: folder.id, number: null, name: folder.name },
    before: before && shown(before),
    after: after && shown(after),
    requestId: by.requestId,
  })
}
