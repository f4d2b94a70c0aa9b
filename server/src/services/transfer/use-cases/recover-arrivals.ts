import type { Arrival, ArrivalState } from '../domain/arrival.ts'
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

/** Brings to an end what a crash or a passing fault left decided, and uploads of which all bytes are there. */
export const recoverArrivals = (deps: UploadDeps) => async (): Promise<void> => {
  for await (const arrival of arrivalsIn(deps.store, ['receiving', 'taking'])) {
    try {
      await recoverOne(deps, arrival)
    } catch (error) {
      deps.warn('an arrival could not be finished yet', {
        arrivalId: arrival.id,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
}

async function recoverOne(deps: UploadDeps, arrival: Arrival): Promise<void> {
  if (arrival.state === 'taking') return void (await deps.settle(arrival))
  if (arrival.source !== 'upload' || arrival.unverifiedFrom !== null) return
  const isWhole = (await deps.files.sizeOf(arrival.id)) === arrival.sizeBytes || arrival.sizeBytes === 0
  if (isWhole && deps.live.liveBytes(arrival.id) === null) await completeUpload(deps)(arrival)
}
