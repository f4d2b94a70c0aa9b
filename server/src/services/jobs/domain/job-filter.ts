import { JOB_STATES, type JobState } from '@capstan/contract/work'
import { CapstanError } from '../../../lib/errors.ts'

export type JobFilter = Readonly<{
  states?: readonly JobState[]
  kinds?: readonly string[]
  pools?: readonly string[]
  runId?: string
  assetId?: string
  /** The quota that they are pending for: `action:proxy`, `workflow:ingest`. */
  quota?: string
  /** In the name of the asset, the kind or the reason. */
  text?: string
}>

export const JOB_SORTS = ['-number', 'number', '-priority', 'priority', '-readyAt', 'readyAt'] as const
export type JobSort = (typeof JOB_SORTS)[number]

const WORDS = 'state:a,b kind:a,b pool:a,b run:<id> asset:<id> quota:<action or workflow>:<name>'

/** Reads `state:failed,timed_out kind:proxy run:<id>`; throws `invalid` and names the word it does not know. */
export function parseJobFilter(filter: string | undefined, text?: string): JobFilter {
  const words = (filter ?? '').split(/\s+/).filter((word) => word.length > 0)
  const parts = words.map(parseWord)
  return Object.assign({}, ...parts, text ? { text } : {}) as JobFilter
}

function parseWord(word: string): JobFilter {
  const colon = word.indexOf(':')
  const [name, value] = [word.slice(0, colon), word.slice(colon + 1)]
  const values = value.split(',').filter(Boolean)
  if (colon < 1 || values.length === 0) throw unknownWord(word)
  if (name === 'state') return { states: values.map(parseState) }
  if (name === 'kind') return { kinds: values }
  if (name === 'pool') return { pools: values }
  if (name === 'run') return { runId: value }
  if (name === 'asset') return { assetId: value }
  if (name === 'quota') return { quota: value }
  throw unknownWord(word)
}

function parseState(value: string): JobState {
  const state = JOB_STATES.find((known) => known === value)
  if (!state) throw new CapstanError('invalid', `there is no job state "${value}": use one of ${JOB_STATES.join(', ')}`)
  return state
}

const unknownWord = (word: string) => new CapstanError('invalid', `the filter does not know "${word}": use ${WORDS}`)

export function parseJobSort(sort: string | undefined): JobSort {
  if (sort === undefined) return '-number'
  const known = JOB_SORTS.find((one) => one === sort)
  if (!known)
    throw new CapstanError('invalid', `jobs cannot be sorted by "${sort}": use one of ${JOB_SORTS.join(', ')}`, {
      details: { field: 'sort', allowed: JOB_SORTS },
    })
  return known
}
