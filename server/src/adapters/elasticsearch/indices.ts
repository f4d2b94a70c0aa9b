import { CapstanError } from '../../lib/errors.ts'
import type { ElasticsearchClient } from './client.ts'
import { failureOf } from './faults.ts'
import { INDEX_VERSION, MAPPINGS, SETTINGS } from './mapping.ts'

/** Which index answers, and which one is being built beside it; at first they are one and the same. */
export type Targets = Readonly<{ current: string | null; next: string | null }>

type Aliases = Readonly<Record<string, { aliases: Readonly<Record<string, unknown>> }>>
type Born = Readonly<Record<string, { settings: { index: { creation_date: string } } }>>
type Described = Readonly<
  Record<
    string,
    {
      mappings: { dynamic?: string; properties?: Readonly<Record<string, unknown>> }
      settings: { index: Readonly<Record<string, unknown>> }
    }
  >
>

const OUTDATED_AFTER_MS = 86_400_000
/** The version of the documents, and which index of it. */
const NAME_BEHIND_PREFIX = /^[0-9a-f]{12}-[0-9a-z]+$/

/**
 * The indexes behind two aliases: searches ask one; what is written goes to both; a rebuild fills the second beside the first and then takes its
 * place in one step. The aliases carry the version of the documents, so that two releases may run side by side, each on its own index.
 */
export class Indices {
  readonly current: string
  readonly next: string
  readonly #client: ElasticsearchClient
  readonly #prefix: string

  constructor(client: ElasticsearchClient, prefix: string) {
    this.#client = client
    this.#prefix = prefix
    this.current = `${prefix}-${INDEX_VERSION}`
    this.next = `${this.current}-next`
  }

  async targets(): Promise<Targets> {
    const indices = await this.#all()
    const behind = (alias: string): string | null => Object.keys(indices).find((name) => alias in indices[name]!.aliases) ?? null
    return { current: behind(this.current), next: behind(this.next) }
  }

  /** As they are, or an empty index behind both aliases where there is none. */
  async ensured(): Promise<Targets> {
    const found = await this.targets()
    if (found.current !== null) return found
    if (found.next === null) await this.#create(`${this.current}-first`)
    const only = found.next ?? `${this.current}-first`
    await this.#point([add(only, this.current), add(only, this.next)])
    return { current: only, next: only }
  }

  /** An empty index beside the one that answers; another that was begun is given up. */
  async begin(): Promise<void> {
    const { current, next } = await this.ensured()
    const fresh = `${this.current}-${Date.now().toString(36)}`
    await this.#create(fresh)
    await this.#point([...(next === null ? [] : [remove(next, this.next)]), add(fresh, this.next)])
    for (const name of Object.keys(await this.#all())) if (name !== current && name !== fresh) await this.#delete(name)
  }

  /** The index that was built answers from now on, and the one before it is gone. */
  async finish(): Promise<void> {
    const { current, next } = await this.targets()
    if (next === null) return
    const replaced = current === null || current === next ? [] : [{ remove_index: { index: current } }]
    await this.#point([...replaced, add(next, this.current), remove(next, this.next)])
  }

  /** Removes the indexes of other releases, a day after the one of this release was begun: until then older processes may still run. */
  async removeOutdated(nowMs: number): Promise<void> {
    const { current, next } = await this.targets()
    if (current === null || next !== null) return
    const path = `${this.#prefix}-*/_settings?filter_path=*.settings.index.creation_date`
    const born = (await this.#client.askSurely({ path })) as Born
    if (nowMs - Number(born[current]?.settings.index.creation_date ?? nowMs) < OUTDATED_AFTER_MS) return
    const isOurs = (name: string): boolean => NAME_BEHIND_PREFIX.test(name.slice(this.#prefix.length + 1))
    const outdated = Object.keys(born).filter((name) => isOurs(name) && !name.startsWith(`${this.current}-`))
    for (const name of outdated) await this.#delete(name)
  }

  refresh(alias: string): Promise<unknown> {
    return this.#client.askSurely({ method: 'POST', path: `${alias}/_refresh`, limitMs: 30_000 })
  }

  async #all(): Promise<Aliases> {
    return (await this.#client.askSurely({ path: `${this.current}-*/_alias` })) as Aliases
  }

  async #create(name: string): Promise<void> {
    const answer = await this.#client.ask({ method: 'PUT', path: name, body: { settings: SETTINGS, mappings: MAPPINGS }, limitMs: 30_000 })
    if (answer.status === 400 && JSON.stringify(answer.json).includes('resource_already_exists')) return
    if (answer.status === 400) throw notOurs(failureOf(answer).message)
    if (answer.status >= 300) throw failureOf(answer)
    const foreign = foreignIn((await this.#client.askSurely({ path: name })) as Described)
    if (foreign === null) return
    await this.#delete(name)
    throw notOurs(foreign)
  }

  async #point(actions: readonly unknown[]): Promise<void> {
    await this.#client.askSurely({ method: 'POST', path: '_aliases', body: { actions }, limitMs: 30_000 })
  }

  async #delete(name: string): Promise<void> {
    await this.#client.askSurely({ method: 'DELETE', path: `${name}?ignore_unavailable=true`, limitMs: 30_000 })
  }
}

const add = (index: string, alias: string) => ({ add: { index, alias } })
const remove = (index: string, alias: string) => ({ remove: { index, alias } })

/** What a template of somebody else made of a new index; null when it is as it was asked for. */
function foreignIn(described: Described): string | null {
  const [{ mappings, settings } = { mappings: {}, settings: { index: {} } }] = Object.values(described)
  const foreign = Object.keys(mappings.properties ?? {}).filter((name) => !(name in MAPPINGS.properties))
  if (foreign.length > 0) return `it has the field ${foreign[0]}`
  if (mappings.dynamic !== 'strict') return 'it takes fields that nobody declared'
  const pipeline = settings.index['default_pipeline'] ?? settings.index['final_pipeline']
  if (pipeline !== undefined) return `it sends documents through a pipeline`
  return settings.index['number_of_shards'] === '1' ? null : 'it has more than one shard'
}

const notOurs = (why: string): CapstanError =>
  new CapstanError(
    'invalid',
    `search server: a new index does not come out as it was asked for (${why}): an index template there fits capstan-search-*; narrow its index_patterns or remove it`,
  )
