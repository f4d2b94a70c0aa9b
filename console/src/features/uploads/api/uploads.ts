import { Upload } from 'tus-js-client'
import { uploads as uploadEndpoints, type UploadView } from '@capstan/contract/resources'
import { call, csrfHeaders } from '../../../lib/api.ts'
import type { DroppedFile } from '../../../lib/dropped-files.ts'
import { fingerprint, isCertain } from '../../../lib/fingerprint.ts'
import { queryClient } from '../../../lib/query-client.ts'
import { createStore } from '../../../lib/store.ts'

export type UploadState = 'waiting' | 'hashing' | 'uploading' | 'paused' | 'done' | 'present' | 'failed'
export type UploadItem = {
  id: number
  name: string
  relativePath: string
  size: number
  sent: number
  state: UploadState
  /** Where it went on, in bytes; 0 for a new one. */
  resumedAt: number
  bytesPerSecond: number
  error: string | null
  /** What it became when it arrived before; then nothing of it was sent now. */
  assetId: string | null
}

const ENDPOINT = '/api/v1/uploads'
const AT_ONCE = 3
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000]

export const uploadItems = createStore<readonly UploadItem[]>([])

type Work = { file: DroppedFile; upload: Upload | null; again: boolean; sample: { at: number; sent: number } }
const work = new Map<number, Work>()
let lastId = 0

/**
 * Adds files to the queue; what was begun before, here or in another browser, goes on where it stopped, and what arrived before is not sent again.
 */
export function addUploads(files: readonly DroppedFile[]): void {
  const [queued, fresh] = [files.map(findQueued), files.filter((file) => findQueued(file) === null)]
  for (const id of queued) if (id !== null) resumeUpload(id)
  const items = fresh.map((file): UploadItem => {
    lastId += 1
    work.set(lastId, { file, upload: null, again: false, sample: { at: 0, sent: 0 } })
    return {
      id: lastId,
      name: file.file.name,
      relativePath: file.relativePath,
      size: file.file.size,
      sent: 0,
      state: 'waiting',
      resumedAt: 0,
      bytesPerSecond: 0,
      error: null,
      assetId: null,
    }
  })
  uploadItems.set([...uploadItems.get(), ...items])
  startNext()
}

export function pauseUpload(id: number): void {
  void work.get(id)?.upload?.abort()
  change(id, { state: 'paused', bytesPerSecond: 0 })
  startNext()
}

/** Also tries again what failed; what runs is left alone. */
export function resumeUpload(id: number): void {
  const state = stateOf(id)
  if (state === 'paused' || state === 'failed') change(id, { state: 'waiting', error: null })
  startNext()
}

/** Sends what arrived before once more, as another asset. */
export function takeInAgain(id: number): void {
  const entry = work.get(id)
  if (!entry || stateOf(id) !== 'present') return
  entry.again = true
  change(id, { state: 'waiting', assetId: null })
  startNext()
}

/** Stops and forgets an upload, on the platform too. */
export function cancelUpload(id: number): void {
  const upload = work.get(id)?.upload
  void upload?.abort(Boolean(upload.url)).catch(() => {})
  work.delete(id)
  uploadItems.set(uploadItems.get().filter((item) => item.id !== id))
  refresh()
  startNext()
}

export function clearFinished(): void {
  for (const item of uploadItems.get()) if (isHere(item)) work.delete(item.id)
  uploadItems.set(uploadItems.get().filter((item) => !isHere(item)))
}

/** Nothing of it has to come any more. */
export const isHere = ({ state }: UploadItem): boolean => state === 'done' || state === 'present'

const stateOf = (id: number): UploadState | undefined => uploadItems.get().find((item) => item.id === id)?.state

/** The same file in the queue already, with something still to come. */
function findQueued({ file, relativePath }: DroppedFile): number | null {
  const same = ({ id, ...item }: UploadItem): boolean =>
    item.relativePath === relativePath && item.size === file.size && work.get(id)?.file.file.lastModified === file.lastModified
  return uploadItems.get().find((item) => !isHere(item) && same(item))?.id ?? null
}

function change(id: number, part: Partial<UploadItem>): void {
  uploadItems.set(uploadItems.get().map((item) => (item.id === id ? { ...item, ...part } : item)))
}

function refresh(): void {
  for (const key of ['uploads', 'arrivals']) void queryClient.invalidateQueries({ queryKey: [key] })
}

function startNext(): void {
  const items = uploadItems.get()
  const busy = items.filter(({ state }) => state === 'uploading' || state === 'hashing').length
  for (const { id } of items.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - busy))) void begin(id)
}

async function begin(id: number): Promise<void> {
  const entry = work.get(id)
  if (!entry) return
  change(id, { state: 'hashing' })
  try {
    entry.upload ??= await prepare(id, entry)
    if (!entry.upload) startNext()
    if (!entry.upload || stateOf(id) !== 'hashing') return
    entry.sample = { at: performance.now(), sent: -1 }
    change(id, { state: 'uploading' })
    entry.upload.start()
  } catch (error) {
    fail(id, error)
  }
}

/** Null for what is here already. */
async function prepare(id: number, { file: { file, relativePath }, again }: Work): Promise<Upload | null> {
  const print = await fingerprint(file, relativePath)
  const { unfinished: known, arrived } = await earlier(print, file.size)
  if (!known && !again && arrived && isCertain(print)) {
    if (stateOf(id) === 'hashing') change(id, { state: 'present', assetId: arrived.assetId })
    return null
  }
  if (known) change(id, { resumedAt: known.receivedBytes, sent: known.receivedBytes })
  return new Upload(file, {
    endpoint: ENDPOINT,
    ...(known ? { uploadUrl: known.url } : {}),
    retryDelays: RETRY_DELAYS_MS,
    storeFingerprintForResuming: false,
    metadata: { filename: file.name, filetype: file.type || 'application/octet-stream', relativePath, fingerprint: print },
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(csrfHeaders())) request.setHeader(name, value)
    },
    onShouldRetry: ({ originalResponse }) => mayPass(originalResponse?.getStatus() ?? 0),
    onProgress: (sent) => onProgress(id, sent),
    onError: (error) => fail(id, error),
    onSuccess: () => {
      change(id, { state: 'done', sent: file.size, bytesPerSecond: 0 })
      refresh()
      clearTimeout(leaving)
      leaving = setTimeout(leave, SHOWN_DONE_MS)
      startNext()
    },
  })
}

const NO_SPACE = 507

/** Whether it helps to try again: a lost line and a platform in trouble pass, a lock and a place that moved too; no room and a refusal do not. */
const mayPass = (status: number): boolean =>
  status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== NO_SPACE)

type Earlier = { unfinished: UploadView | undefined; arrived: UploadView | undefined }

async function earlier(print: string, size: number): Promise<Earlier> {
  const { items } = await call(uploadEndpoints.list, { query: { filter: `fingerprint:${print}`, limit: 200 } })
  const same = items.filter(({ sizeBytes }) => sizeBytes === size)
  return { unfinished: same.find(({ assetId }) => assetId === null), arrived: same.find(({ assetId }) => assetId !== null) }
}

/** When all is here, and has been for a while, the tray goes out of the way. */
function leave(): void {
  if (uploadItems.get().every(({ state }) => state === 'done')) clearFinished()
}

const SHOWN_DONE_MS = 10_000
let leaving: ReturnType<typeof setTimeout> | undefined
const SAMPLE_MS = 700

function onProgress(id: number, sent: number): void {
  const entry = work.get(id)
  if (!entry) return
  const now = performance.now()
  const elapsed = now - entry.sample.at
  if (entry.sample.sent >= 0 && elapsed < SAMPLE_MS) return
  const bytesPerSecond = entry.sample.sent >= 0 ? ((sent - entry.sample.sent) / elapsed) * 1000 : 0
  entry.sample = { at: now, sent }
  change(id, { sent, bytesPerSecond })
}

function fail(id: number, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error)
  const body = (error as { originalResponse?: { getBody(): string } | null }).originalResponse?.getBody()
  change(id, { state: 'failed', bytesPerSecond: 0, error: detailOf(body) ?? text })
  startNext()
}

/** The platform says why in problem details; anything else says nothing to people. */
function detailOf(body: string | undefined): string | null {
  try {
    const { detail } = JSON.parse(body ?? '') as { detail?: unknown }
    return typeof detail === 'string' ? detail : null
  } catch {
    return null
  }
}

/** True while leaving the page would cut something off. */
export const isUploading = (): boolean =>
  uploadItems.get().some(({ state }) => state === 'uploading' || state === 'hashing' || state === 'waiting')
