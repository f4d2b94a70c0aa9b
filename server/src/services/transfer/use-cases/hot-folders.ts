import type { WatchedFolder } from '../domain/hot-folder.ts'
import { FolderWatch, type FolderStatus } from './folder-watch.ts'
import { arrivalsIn } from './recover-arrivals.ts'

type Deps = ConstructorParameters<typeof FolderWatch>[1] & { listFolders: () => Promise<readonly WatchedFolder[]> }

/** Watches every enabled hot folder, and follows their changes. */
export class HotFolders {
  readonly #deps: Deps
  readonly #watches = new Map<string, { settings: string; watch: FolderWatch }>()
  #changing: Promise<void> = Promise.resolve()
  #isStarted = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** What the process before this one only watched is looked at anew. */
  async start(): Promise<void> {
    for await (const arrival of arrivalsIn(this.#deps.store, ['watching', 'incomplete']))
      await this.#deps.store.remove(arrival.accountId, arrival.id, this.#deps.nowMs())
    this.#isStarted = true
    await this.reload()
  }

  /** Call it after a hot folder was added, changed or removed. */
  reload(): Promise<void> {
    this.#changing = this.#changing
      .then(() => this.#apply())
      .catch((error: unknown) => this.#deps.warn('hot folders could not be read', { reason: String(error) }))
    return this.#changing
  }

  status(id: string): FolderStatus {
    return this.#watches.get(id)?.watch.status ?? { status: 'stopped', message: null, watching: 0 }
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    await this.#changing
    await Promise.all([...this.#watches.values()].map(({ watch }) => watch.stop()))
    this.#watches.clear()
  }

  async #apply(): Promise<void> {
    if (!this.#isStarted) return
    const wanted = new Map((await this.#deps.listFolders()).map((folder) => [folder.id, folder]))
    for (const [id, { settings, watch }] of this.#watches) {
      const folder = wanted.get(id)
      if (folder && JSON.stringify(folder) === settings) continue
      this.#watches.delete(id)
      await watch.stop()
    }
    for (const [id, folder] of wanted) {
      if (this.#watches.has(id)) continue
      const watch = new FolderWatch(folder, this.#deps)
      this.#watches.set(id, { settings: JSON.stringify(folder), watch })
      watch.start()
    }
  }
}
