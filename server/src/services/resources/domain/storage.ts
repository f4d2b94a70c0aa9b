import type { StorageView } from '@capstan/contract/resources'

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

/** For those who need not know where it is; why it cannot be reached would say so too. */
export const withoutUrl = (view: StorageView): StorageView => ({
  ...view,
  url: null,
  message: view.status === 'unreachable' ? null : view.message,
})

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

export type Room = Readonly<{ sizeBytes: number; freeBytes: number; lowWaterBytes: number }>

/** `room` is null when the storage cannot be reached; `trouble` says why. */
export function toStorageView(record: StorageRecord, room: Room | null, trouble: string | null): StorageView {
  const { id, name, url, purpose, revision } = record
  if (!room)
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
  const isLow = room.freeBytes < room.lowWaterBytes
  const message = isLow
    ? `${gib(room.freeBytes)} are free, below the mark of ${gib(room.lowWaterBytes)}: new work waits and uploads are refused until there is room`
    : null
  return { id, name, url, purpose, ...room, status: isLow ? 'low' : 'ok', message, revision }
}
