import type { Clause, Phrase } from '../../../services/search/domain/clause.ts'
import { isKeywordField, isTextField, type FieldName, type TextFieldName } from '../../../services/search/domain/fields.ts'
import { termTest } from '../../../services/search/domain/term-match.ts'
import type { SearchScope } from '../../../services/search/ports/search-index.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { addBit, intersect, newBitset, subtract, unite, type Bitset } from './bitset.ts'
import type { Partition } from './partition.ts'
import type { AccountWords } from './word-index.ts'

/** Answers clauses with sets of places in one account. Every set it answers is the caller's own. */
export class Evaluation {
  readonly partition: Partition
  readonly #words: AccountWords
  readonly #deadline: number

  constructor(partition: Partition, words: AccountWords, deadline: number) {
    this.partition = partition
    this.#words = words
    this.#deadline = deadline
  }

  /** The documents in scope that fit. */
  hits(where: Clause, scope: SearchScope): Bitset {
    const hits = this.select(where)
    if (scope !== 'all') intersect(hits, this.#workspaces(scope.workspaceIds))
    return hits
  }

  select(clause: Clause): Bitset {
    if (performance.now() > this.#deadline) throw new CapstanError('timeout', 'the search took too long; search for fewer or longer words')
    switch (clause.kind) {
      case 'all':
        return this.#everything()
      case 'and':
        return this.#and(clause.of)
      case 'or': {
        const any = this.#empty()
        for (const part of clause.of) unite(any, this.select(part))
        return any
      }
      case 'not': {
        const rest = this.#everything()
        subtract(rest, this.select(clause.of))
        return rest
      }
      case 'text':
        return this.text(clause.any, clause.fields)
      case 'keyword':
        return this.#filled((into) => this.partition.keywords[clause.field].select(termTest(clause.match), this.partition.size, into))
      case 'range':
        return this.#filled((into) => selectRange(this.partition.numbers[clause.field], this.partition.size, clause, into))
      case 'exists':
        return this.#filled((into) => this.#selectExisting(clause.field, into))
    }
  }

  text(any: readonly Phrase[], fields: readonly TextFieldName[]): Bitset {
    return this.#filled((into) => {
      for (const phrase of any) for (const expanded of this.#expanded(phrase)) unite(into, this.#words.documentsWith(expanded, fields))
    })
  }

  #expanded(phrase: Phrase): readonly Phrase[] {
    const only = phrase[0]!
    if (only.kind === 'exact' || only.kind === 'prefix') return [phrase]
    return this.#words.expand(only, this.#deadline).map((token) => [{ kind: 'exact', token }])
  }

  /** What is negated is taken away at the end, which spares a set of all documents. */
  #and(of: readonly Clause[]): Bitset {
    const [first, ...others] = of.filter((part) => part.kind !== 'not')
    const all = first ? this.select(first) : this.#everything()
    for (const part of others) intersect(all, this.select(part))
    for (const part of of) if (part.kind === 'not') subtract(all, this.select(part.of))
    return all
  }

  #workspaces(ids: readonly number[]): Bitset {
    const wanted = new Set(ids.map(String))
    const inScope = this.#empty()
    this.partition.keywords.workspace.select((value) => wanted.has(value), this.partition.size, inScope)
    return inScope
  }

  #selectExisting(field: FieldName, into: Bitset): void {
    if (isTextField(field)) this.partition.selectText(field, into)
    else if (isKeywordField(field)) this.partition.keywords[field].select(null, this.partition.size, into)
    else selectRange(this.partition.numbers[field], this.partition.size, { from: null, to: null, openFrom: false, openTo: false }, into)
  }

  /** Columns keep what a document was when it is gone; only the living count. */
  #filled(fill: (into: Bitset) => void): Bitset {
    const set = this.#empty()
    fill(set)
    intersect(set, this.partition.alive.subarray(0, set.length))
    return set
  }

  #everything(): Bitset {
    const all = this.#empty()
    all.set(this.partition.alive.subarray(0, all.length))
    return all
  }

  #empty(): Bitset {
    return newBitset(this.partition.size)
  }
}

type Range = { from: number | null; to: number | null; openFrom: boolean; openTo: boolean }

function selectRange(values: Float64Array, size: number, { from, to, openFrom, openTo }: Range, into: Bitset): void {
  const low = from ?? -Infinity
  const high = to ?? Infinity
  for (let i = 0; i < size; i++) {
    const value = values[i]!
    if ((openFrom ? value > low : value >= low) && (openTo ? value < high : value <= high)) addBit(into, i)
  }
}
