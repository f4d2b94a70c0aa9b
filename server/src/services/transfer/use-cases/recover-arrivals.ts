import { resumeOffset, type Arrival, type ArrivalState } from '../domain/arrival.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import { completeUpload, type UploadDeps } from './receive-upload.ts'

const PAGE = 100

/** Every arrival in these states, however many. */
export async function* arrivalsIn(store: TransferStore, states: readonly ArrivalState[]): AsyncGenerator<Arrival> {
  for (let afterId = ''; ;) {
    const page = await store.inStates(states, afterId, PAGE)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    afterId = last.id
  }
}

/**
 * Brings to an end what a crash or a passing fault left decided, and uploads of which all bytes are there. Local files are begun again by
 * `resumeLocal`, which is null while hand-overs may be at work.
 */
export const recoverArrivals =
  (deps: UploadDeps) =>
  async (resumeLocal: ((arrival: Arrival) => Promise<Arrival>) | null): Promise<void> => {
    for await (const arrival of arrivalsIn(deps.store, ['receiving', 'taking'])) {
      try {
        await recoverOne(deps, arrival, resumeLocal)
      } catch (error) {
        deps.warn('an arrival could not be finished yet', {
          arrivalId: arrival.id,
          reason: error instanceof Error ? error.message : String(error),
        })
      }
    }
  }

async function recoverOne(deps: UploadDeps, arrival: Arrival, resumeLocal: ((arrival: Arrival) => Promise<Arrival>) | null): Promise<void> {
  if (arrival.state === 'taking') {
    await deps.settle(arrival)
    return
  }
  if (arrival.source !== 'upload') {
    await resumeLocal?.(arrival)
    return
  }
  if (arrival.unverifiedFrom !== null || deps.live.liveBytes(arrival.id) !== null) return
  const size = (await deps.files.sizeOf(arrival.id)) ?? 0
  if (resumeOffset(arrival, size, deps.files.bootId) === arrival.sizeBytes) await completeUpload(deps)(arrival)
}
