import { RunStatus } from '@capstan/contract/work'
import { CapstanError } from '../../../lib/errors.ts'

export type RunFilter = Readonly<{ statuses?: readonly RunStatus[]; workflow?: string; assetId?: string; text?: string }>
export const RUN_SORTS = ['-number', 'number'] as const
export type RunSort = (typeof RUN_SORTS)[number]

/** Reads `status:running,failed workflow:ingest asset:<id>`; throws `invalid` and names the word it does not know. */
export function parseRunFilter(filter: string | undefined, text?: string): RunFilter {
  const words = (filter ?? '').split(/\s+/).filter((word) => word.length > 0)
  return Object.assign({}, ...words.map(parseWord), text ? { text } : {}) as RunFilter
}

function parseWord(word: string): RunFilter {
  const [name, value] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)]
  if (name === 'status' && value !== '') return { statuses: value.split(',').filter(Boolean).map(parseStatus) }
  if (name === 'workflow' && value !== '') return { workflow: value }
  if (name === 'asset' && value !== '') return { assetId: value }
  throw new CapstanError('invalid', `the filter does not know "${word}": use status:a,b workflow:<name> asset:<id>`)
}

function parseStatus(value: string): RunStatus {
  const status = RunStatus.safeParse(value)
  if (!status.success) throw new CapstanError('invalid', `there is no run status "${value}": use one of ${RunStatus.options.join(', ')}`)
  return status.data
}

export function parseRunSort(sort: string | undefined): RunSort {
  const known = RUN_SORTS.find((one) => one === (sort ?? '-number'))
  if (!known)
    throw new CapstanError('invalid', `runs cannot be sorted by "${sort}": use one of ${RUN_SORTS.join(', ')}`, {
      details: { field: 'sort', allowed: RUN_SORTS },
    })
  return known
}
