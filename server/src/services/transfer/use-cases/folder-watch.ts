import { createHash } from 'node:crypto'
import { toCapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { Arrival } from '../domain/arrival.ts'
import { candidates, isTemporary, nextStep, observe, type Candidate, type Watched, type WatchedFolder } from '../domain/hot-folder.ts'
import { nameFromBytes } from '../domain/names.ts'
import { newArrival } from './new-arrival.ts'
import { hotKey, takeFile, type TakeDeps } from './take-file.ts'

export type FolderStatus = { status: 'watching' | 'stopped' | 'unreachable'; message: string | null; watching: number }

type Deps = TakeDeps & { monotonicMs: () => number; warn: (message: string, facts: Record<string, unknown>) => void }

/** While something is on its way the folder is looked at often; otherwise the system's hints wake us, and this catches what they miss. */
const BUSY_MS = 500
const IDLE_MS = 5_000
const HINT_MS = 100
/** What is shown of a growing file is this old at most. */
const SHOWN_MS = 5_000
const HINTS_MAX = 1_000

/** What hinders a file for now hinders it again at once; reading it over and over helps nobody. */
const RETRY_MS = 10_000

type Shown = { record: Arrival; writtenMs: number; checkedIdentity: string | null; retryAtMs: number; done: boolean }

/** Watches one hot folder: one look after another, one file at a time. */
export class FolderWatch {
  readonly #deps: Deps
  readonly #folder: WatchedFolder
  #known = new Map<string, Watched>()
  readonly #shown = new Map<string, Shown>()
  #hinted = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null
  #watcher: { close(): void } | null = null
  #isStopped = false
  #trouble: string | null = null

  constructor(folder: WatchedFolder, deps: Deps) {
    this.#folder = folder
    this.#deps = deps
  }

  get status(): FolderStatus {
    if (this.#isStopped) return { status: 'stopped', message: null, watching: 0 }
    const watching = [...this.#shown.values()].filter(({ done }) => !done).length
    return { status: this.#trouble === null ? 'watching' : 'unreachable', message: this.#trouble, watching }
  }

  start(): void {
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#watcher?.close()
    await this.#looking
    for (const shown of this.#shown.values()) await this.#forget(shown)
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null
        this.#schedule(this.status.watching > 0 ? BUSY_MS : IDLE_MS)
      })
    }, delayMs)
    this.#timer.unref()
  }

  #hint(name: string | null): void {
    if (name !== null && isTemporary(name) && this.#hinted.size < HINTS_MAX) this.#hinted.add(name)
    if (!this.#looking) this.#schedule(HINT_MS)
  }

  async #look(): Promise<void> {
    try {
      if (!this.#watcher) {
        await this.#deps.folders.prepare(this.#folder.path)
        this.#watcher = this.#deps.folders.watch(this.#folder.path, (name) => this.#hint(name))
      }
      this.#known = observe(this.#known, await this.#deps.folders.look(this.#folder.path), this.#deps.monotonicMs(), this.#hinted)
      this.#hinted = new Set([...this.#hinted].slice(-HINTS_MAX / 2))
      this.#trouble = null
      await this.#forgetGone()
      for (const candidate of candidates(this.#known)) await this.#tend(candidate)
      if (this.#known.size === 0) this.#hinted.clear()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (message !== this.#trouble) this.#deps.warn('a hot folder cannot be watched', { folderId: this.#folder.id, reason: message })
    this.#trouble = message
    this.#watcher?.close()
    this.#watcher = null
  }

  async #forgetGone(): Promise<void> {
    for (const [key, shown] of this.#shown) {
      if (this.#known.has(key)) continue
      this.#shown.delete(key)
      await this.#forget(shown)
    }
  }

  /** What was only watched leaves no record; what was decided is brought to its end whatever becomes of the watch. */
  async #forget({ record, done }: Shown): Promise<void> {
    if (done || (await this.#isDecided(record))) return
    await this.#deps.store.remove(record.accountId, record.id, this.#deps.nowMs())
  }

  async #isDecided({ accountId, id }: Arrival): Promise<boolean> {
    const current = await this.#deps.store.find(accountId, id)
    return current !== null && current.state !== 'watching' && current.state !== 'incomplete'
  }

  async #tend(candidate: Candidate): Promise<void> {
    if (this.#isStopped) return
    const { file } = candidate.watched
    const shown = await this.#show(candidate)
    if (shown.done && shown.checkedIdentity === file.identity) return
    if (shown.done) return void this.#shown.delete(file.key)
    const step = nextStep(candidate, this.#folder.quietSeconds * 1_000, this.#deps.monotonicMs())
    const isChecked = step === 'check' && shown.checkedIdentity === file.identity
    if (step === 'wait' || isChecked || this.#deps.monotonicMs() < shown.retryAtMs) return
    try {
      await this.#take(candidate, shown, step === 'take')
    } catch (error) {
      // A full disk or a sleeping database concerns this file for now, not the folder.
      const reason = toCapstanError(error).message
      if (shown.record.reason !== reason)
        this.#deps.warn('a file of a hot folder could not be taken yet', { folderId: this.#folder.id, reason })
      shown.retryAtMs = this.#deps.monotonicMs() + RETRY_MS
      await this.#postpone(shown, file.identity, reason).catch(() => {})
    }
  }

  /** A decided file is no longer ours: the recovery finishes it. */
  async #postpone(shown: Shown, identity: string, reason: string): Promise<void> {
    if (!(await this.#isDecided(shown.record))) return this.#save(shown, { reason })
    shown.done = true
    shown.checkedIdentity = identity
  }

  async #take(candidate: Candidate, shown: Shown, isSignalled: boolean): Promise<void> {
    const { file } = candidate.watched
    const outcome = await takeFile(this.#deps)({ folder: this.#folder, candidate, record: shown.record, isSignalled })
    if (outcome.kind === 'changed') return
    shown.checkedIdentity = file.identity
    if (outcome.kind === 'incomplete')
      return this.#save(shown, { state: 'incomplete', reason: `incomplete, still watching: ${outcome.reason}` })
    shown.done = true
    shown.record = outcome.arrival
  }

  /** A file that is on its way is listed from its first look on. */
  async #show({ watched: { file } }: Candidate): Promise<Shown> {
    const shown = this.#shown.get(file.key)
    if (!shown) return this.#add(file.key, file.identity, file.sizeBytes)
    const isGrown = !shown.done && shown.record.sizeBytes !== file.sizeBytes && this.#deps.monotonicMs() - shown.writtenMs > SHOWN_MS
    if (isGrown) await this.#save(shown, { sizeBytes: file.sizeBytes, receivedBytes: file.sizeBytes, state: 'watching', reason: null })
    return shown
  }

  async #add(key: string, identity: string, sizeBytes: number): Promise<Shown> {
    const { id, accountId, name, workflow } = this.#folder
    const bytes = Buffer.from(key, 'latin1')
    const slash = bytes.lastIndexOf(0x2f)
    const known = this.#known.get(key)
    // What was finished but could not be removed must not be listed again at every start.
    const finished = known && (await this.#deps.store.findByKey(accountId, hotKey(this.#folder, known.file)))
    const record = newArrival(
      {
        accountId,
        key: `watch/${id}/${createHash('sha256').update(bytes).update(identity).update(uuidv7()).digest('hex')}`,
        source: 'hot_folder',
        sourceName: name,
        ...nameFromBytes(bytes.subarray(slash + 1)),
        relativePath: slash < 0 ? null : nameFromBytes(bytes).name,
        workflow,
        state: 'watching',
        sizeBytes,
        by: { kind: 'system', id: 'hot_folder', name },
        // Whoever chose the workflow was allowed to.
        mayPublish: true,
      },
      this.#deps.nowMs(),
    )
    const isTaken = finished?.state === 'taken'
    const added: Shown = {
      record: isTaken ? finished : await this.#deps.store.add(record),
      writtenMs: this.#deps.monotonicMs(),
      checkedIdentity: isTaken ? identity : null,
      retryAtMs: 0,
      done: isTaken,
    }
    this.#shown.set(key, added)
    return added
  }

  async #save(shown: Shown, change: Partial<Arrival>): Promise<void> {
    shown.record = { ...shown.record, ...change, updatedAtMs: this.#deps.nowMs() }
    shown.writtenMs = this.#deps.monotonicMs()
    await this.#deps.store.save(shown.record)
  }
}
