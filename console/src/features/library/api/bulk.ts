import { useMutation } from '@tanstack/react-query'
import { assets, type AssetView } from '@capstan/contract/assets'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'

export type BulkOutcome = { done: string[]; failed: { id: string; error: unknown }[] }

const AT_ONCE = 6

/** Does one thing to many assets, a few at a time; one that fails does not stop the others. */
async function each(ids: readonly string[], action: (id: string) => Promise<unknown>): Promise<BulkOutcome> {
  const outcome: BulkOutcome = { done: [], failed: [] }
  const waiting = [...ids]
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const current = id
      await action(current).then(
        () => outcome.done.push(current),
        (error: unknown) => outcome.failed.push({ id: current, error }),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return outcome
}

const useBulk = <V>(action: (id: string, value: V) => Promise<unknown>) =>
  useMutation({
    mutationFn: ({ ids, value }: { ids: readonly string[]; value: V }) => each(ids, (id) => action(id, value)),
    onSettled: () => Promise.all(['library', 'bin', 'asset', 'status'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  })

export const useBulkRemove = () => useBulk((id, _: null) => call(assets.remove, { params: { id } }))
export const useBulkRestore = () => useBulk((id, _: null) => call(assets.restore, { params: { id } }))
export const useBulkPurge = () => useBulk((id, _: null) => call(assets.purge, { params: { id } }))
export const useBulkPublish = () => useBulk((id, _: null) => call(assets.publish, { params: { id }, body: {} }))
export const useBulkTag = () => useBulk((id, tags: string[]) => addTags(id, tags))

async function addTags(id: string, tags: string[]): Promise<AssetView> {
  const { data, etag } = await call.withEtag(assets.get, { params: { id } })
  return call(assets.change, { params: { id }, body: { tags: [...new Set([...data.tags, ...tags])] }, ifMatch: etag ?? '*' })
}
