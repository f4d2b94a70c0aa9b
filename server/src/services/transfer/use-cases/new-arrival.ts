import { uuidv7 } from '../../../lib/ids.ts'
import type { Arrival, ArrivalSource } from '../domain/arrival.ts'
import type { ArrivedName } from '../domain/names.ts'

export type Incoming = ArrivedName & {
  accountId: number
  key: string
  source: ArrivalSource
  sourceName: string
  relativePath: string | null
  workflow: string
  state: Arrival['state']
  sizeBytes: number
  by: Arrival['by']
  mayPublish: boolean
}

/** The record of a local file that comes in; uploads have more to say. */
export const newArrival = (incoming: Incoming, nowMs: number): Arrival => ({
  id: uuidv7(nowMs),
  receivedBytes: 0,
  unverifiedFrom: null,
  bootId: '',
  fingerprint: null,
  assetId: uuidv7(nowMs),
  origin: null,
  checksums: {},
  mediaType: 'application/octet-stream',
  path: null,
  variables: incoming.relativePath === null ? {} : { relativePath: incoming.relativePath },
  runId: null,
  reason: null,
  startedAtMs: nowMs,
  updatedAtMs: nowMs,
  expiresAtMs: null,
  ...incoming,
})
