import type { StorageView } from '@capstan/contract/resources'
import { lowWaterBytes, type Space } from '../../../ports/storage.ts'

/** A place where essence lies, as the platform knows it. */
export type StorageRecord = Readonly<{
  id: string
  accountId: number
  name: string
  url: string
  purpose: StorageView['purpose']
  lowWaterBytes: number | null
  revision: number
}>

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

/** `space` is null when the storage cannot be reached; `trouble` says why. */
export function toStorageView(record: StorageRecord, space: Space | null, trouble: string | null): StorageView {
  const { id, name, url, purpose, revision } = record
  if (!space)
    return {
      id,
      name,
      url,
      purpose,
      sizeBytes: null,
      freeBytes: null,
      lowWaterBytes: record.lowWaterBytes ?? 0,
      status: 'unreachable',
      message: trouble,
      revision,
    }
  const mark = lowWaterBytes(space.sizeBytes, record.lowWaterBytes)
  const isLow = space.freeBytes < mark
  const message = isLow
    ? `${gib(space.freeBytes)} are free, below the mark of ${gib(mark)}: new work waits and uploads are refused until there is room`
    : null
  return { id, name, url, purpose, ...space, lowWaterBytes: mark, status: isLow ? 'low' : 'ok', message, revision }
}
