import type { ArrivalView, UploadView } from '@capstan/contract/resources'
import type { Checksums } from './checksums.ts'
import { isoTime } from '../../../lib/clock.ts'

export type ArrivalSource = ArrivalView['source']

/**
 * `receiving`: bytes still come. `watching`, `incomplete`: seen in a hot folder, not touched yet. `taking`: whole, checksummed, decided; from
 * here on it is finished even after a crash. `taken` and `refused` are final.
 */
export type ArrivalState = 'receiving' | 'watching' | 'incomplete' | 'taking' | 'taken' | 'refused'

/** A local file as it was when it was decided: `path` is base64 of the path's bytes, `identity` tells whether it is still the same file. */
export type Origin = Readonly<{ path: string; identity: string; sidecars: readonly Readonly<{ path: string; identity: string }>[] }>

export type Arrival = Readonly<{
  id: string
  accountId: number
  /** Names the effect: the same key again is the same arrival. */
  key: string
  source: ArrivalSource
  sourceName: string
  name: string
  /** base64 of the name's bytes where they were no UTF-8. */
  nameBytes: string | null
  relativePath: string | null
  workflow: string
  state: ArrivalState
  sizeBytes: number | null
  receivedBytes: number
  /** While a PATCH with a checksum runs: what lies behind this offset does not count yet. */
  unverifiedFrom: number | null
  /** The start of the machine at which `receivedBytes` was written; after another one only these bytes are sure to be on the disk. */
  bootId: string
  fingerprint: string | null
  /** Decided at the beginning, because it names the place of the file. */
  assetId: string
  /** The local file it comes from; null for uploads. */
  origin: Origin | null
  checksums: Checksums
  mediaType: string
  /** Where the original lies, relative to the media storage; absolute when in place. */
  path: string | null
  variables: Readonly<Record<string, unknown>>
  runId: string | null
  reason: string | null
  by: Readonly<{ kind: 'user' | 'system' | 'job'; id: string; name: string }>
  /** Whether a workflow that publishes may be started for it: as its owner was allowed when it began. */
  mayPublish: boolean
  startedAtMs: number
  updatedAtMs: number
  expiresAtMs: number | null
}>

const DAY_MS = 86_400_000
/** An unfinished upload is kept this long after its last byte. */
export const UPLOAD_KEPT_MS = 7 * DAY_MS
/** What became of an arrival is shown this long. */
export const ARRIVAL_KEPT_MS = 30 * DAY_MS

export const isFinal = ({ state }: Arrival): boolean => state === 'taken' || state === 'refused'

/** Bytes arrived and are on the disk; the time to live starts anew. */
export const received = (arrival: Arrival, receivedBytes: number, bootId: string, nowMs: number): Arrival => ({
  ...arrival,
  receivedBytes,
  unverifiedFrom: null,
  bootId,
  updatedAtMs: nowMs,
  expiresAtMs: nowMs + UPLOAD_KEPT_MS,
})

/**
 * The offset an upload goes on from after a restart, given what lies on the disk: unverified bytes do not count, and after a restart of the
 * machine neither do bytes that were never forced to the disk.
 */
export function resumeOffset(arrival: Arrival, sizeOnDisk: number, bootId: string): number {
  if (arrival.unverifiedFrom !== null) return Math.min(arrival.unverifiedFrom, sizeOnDisk)
  if (arrival.bootId !== bootId) return Math.min(arrival.receivedBytes, sizeOnDisk)
  return Math.min(sizeOnDisk, arrival.sizeBytes ?? sizeOnDisk)
}

/** Whole and checksummed: from here on it will be finished. */
export const taking = (
  arrival: Arrival,
  facts: { checksums: Checksums; mediaType: string; path: string; sizeBytes: number },
  nowMs: number,
): Arrival => ({
  ...arrival,
  ...facts,
  receivedBytes: facts.sizeBytes,
  state: 'taking',
  reason: null,
  updatedAtMs: nowMs,
})

/** `reason` says why no workflow was started. */
export const taken = (arrival: Arrival, runId: string | null, reason: string | null, nowMs: number): Arrival => ({
  ...arrival,
  state: 'taken',
  runId,
  reason,
  updatedAtMs: nowMs,
  expiresAtMs: null,
})

export const refused = (arrival: Arrival, reason: string, nowMs: number): Arrival => ({
  ...arrival,
  state: 'refused',
  reason,
  updatedAtMs: nowMs,
  expiresAtMs: null,
})

export const toArrivalView = (arrival: Arrival): ArrivalView => ({
  id: arrival.id,
  source: arrival.source,
  sourceName: arrival.sourceName,
  name: arrival.name,
  state: arrival.state === 'taking' ? 'receiving' : arrival.state,
  sizeBytes: arrival.sizeBytes,
  receivedBytes: arrival.receivedBytes,
  reason: arrival.reason,
  assetId: arrival.state === 'taken' ? arrival.assetId : null,
  startedAt: isoTime(arrival.startedAtMs),
  updatedAt: isoTime(arrival.updatedAtMs),
  expiresAt: arrival.expiresAtMs === null ? null : isoTime(arrival.expiresAtMs),
})

export const UPLOADS_PATH = '/api/v1/uploads'

export const toUploadView = (arrival: Arrival, sending: boolean): UploadView => ({
  id: arrival.id,
  name: arrival.name,
  sizeBytes: arrival.sizeBytes ?? 0,
  receivedBytes: arrival.receivedBytes,
  sending,
  fingerprint: arrival.fingerprint,
  workflow: arrival.workflow,
  url: `${UPLOADS_PATH}/${arrival.id}`,
  assetId: arrival.state === 'taken' ? arrival.assetId : null,
  createdAt: isoTime(arrival.startedAtMs),
  updatedAt: isoTime(arrival.updatedAtMs),
  expiresAt: isoTime(arrival.expiresAtMs ?? arrival.updatedAtMs + UPLOAD_KEPT_MS),
})
