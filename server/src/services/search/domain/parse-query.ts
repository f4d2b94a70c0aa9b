import { CapstanError } from '../../../lib/errors.ts'
import { FIELDS, findField, findSortField, isNumberField, NEWEST_FIRST, SORT_FIELDS, type FieldName, type Sort } from './fields.ts'
import { BOOST_MAX, QUERY_CLAUSES_MAX, QUERY_DEPTH_MAX, QUERY_LENGTH_MAX, type Query, type QueryNode, type QueryValue } from './query.ts'
import { QueryReader } from './query-reader.ts'

export type ParseOptions = {
  /** For a box that searches while somebody types: what is not finished is closed or left out, and the last word may go on. */
  readonly lenient?: boolean
}

/** Reads the query language (docs/guides/search-language.md). Throws `invalid` with `details.position`, counted in UTF-16 units from 0. */
export function parseQuery(text: string, { lenient = false }: ParseOptions = {}): Query {
  if (text.length > QUERY_LENGTH_MAX) {
    throw problem(`the query is longer than ${QUERY_LENGTH_MAX} characters; search for fewer words`, QUERY_LENGTH_MAX)
  }
  return new QueryParser(text, lenient).parse()
}

const problem = (message: string, position: number): CapstanError =>
  new CapstanError('invalid', `${message} (position ${position + 1})`, { details: { position } })

class QueryParser {
  readonly #reader: QueryReader
  readonly #lenient: boolean
  #clauses = 0
  #depth = 0

  constructor(text: string, lenient: boolean) {
    this.#reader = new QueryReader(text)
    this.#lenient = lenient
  }

  parse(): Query {
    const nodes: QueryNode[] = []
    do {
      const node = this.#or(null)
      if (node) nodes.push(node)
    } while (this.#skipStrayBracket())
    return { where: joined('and', nodes) ?? { type: 'all' }, sort: this.#sort() }
  }

  #or(field: FieldName | null): QueryNode | null {
    const nodes: QueryNode[] = []
    for (;;) {
      const at = this.#reader.skipSpace()
      const node = this.#and(field)
      if (node) nodes.push(node)
      else if (nodes.length > 0 || this.#reader.sees(/OR(?=[\s()]|$)/y)) this.#complain('something to search for is missing beside OR', at)
      if (!this.#reader.take(/OR(?=[\s()]|$)/y)) return joined('or', nodes)
    }
  }

  #and(field: FieldName | null): QueryNode | null {
    const nodes: QueryNode[] = []
    let needed: number | null = null
    while (!this.#atEnd()) {
      const at = this.#reader.position
      if (this.#reader.take(/AND(?=[\s()]|$)/y)) {
        if (nodes.length === 0 || needed !== null) this.#complain('something to search for is missing before AND', at)
        needed = at
        continue
      }
      const node = this.#not(field)
      if (node) nodes.push(node)
      needed = null
    }
    if (needed !== null) this.#complain('something to search for is missing after AND', needed)
    return joined('and', nodes)
  }

  /** At the end of what AND may join: the text's end, a closing bracket, OR, or the sort order. */
  #atEnd(): boolean {
    this.#reader.skipSpace()
    if (this.#reader.sees(/$|\)|OR(?=[\s()]|$)/y)) return true
    return this.#depth === 0 && this.#reader.sees(/SORT\s+BY(?=\s|$)/y) !== null
  }

  #not(field: FieldName | null): QueryNode | null {
    const at = this.#reader.position
    if (!this.#reader.take(/NOT(?=[\s()]|$)\s*|-(?=[^\s)-])/y)) return this.#boosted(field)
    const node = this.#nested(at, () => (this.#atEnd() || this.#reader.sees(/AND(?=[\s()]|$)/y) ? null : this.#not(field)))
    if (node) return { type: 'not', node }
    this.#complain('something to search for is missing after NOT', at)
    return null
  }

  #boosted(field: FieldName | null): QueryNode | null {
    const node = this.#primary(field)
    const at = this.#reader.position
    const boost = this.#reader.take(/\^(\d{1,6}(?:\.\d{1,6})?)(?=[\s()]|$)/y)
    if (!boost || !node) return node
    const by = Number(boost[1])
    if (by <= BOOST_MAX) return { type: 'boost', node, by }
    this.#complain(`a boost may be 0 to ${BOOST_MAX}`, at)
    return node
  }

  #primary(outer: FieldName | null): QueryNode | null {
    const at = this.#reader.position
    if (this.#reader.take(/\(/y)) return this.#group(outer, at)
    const named = this.#reader.take(/([A-Za-z][A-Za-z0-9_]*):(?!\/\/)/y)
    const field = named ? this.#field(named[1]!, at) : outer
    if (named && this.#reader.take(/\(/y)) return this.#group(field, at)
    const value = this.#value(field)
    if (!value) return null
    if (++this.#clauses > QUERY_CLAUSES_MAX) throw problem(`the query has more than ${QUERY_CLAUSES_MAX} parts; search for fewer words`, at)
    return value.type === 'any' && field === null ? { type: 'all' } : { type: 'leaf', field, value, at }
  }

  #group(field: FieldName | null, at: number): QueryNode | null {
    const node = this.#nested(at, () => this.#or(field))
    if (!this.#reader.take(/\s*\)/y)) this.#complain('this bracket is not closed; add )', at)
    else if (!node) this.#complain('there is nothing between these brackets', at)
    return node
  }

  #field(word: string, at: number): FieldName | null {
    const field = findField(word)
    if (field) return field
    this.#complain(
      `there is no field "${word}"; put quotes around the text to search for it, or use one of ${Object.keys(FIELDS).join(', ')}`,
      at,
    )
    return null
  }

  #value(field: FieldName | null): QueryValue | null {
    const at = this.#reader.position
    if (this.#reader.sees(/"/y)) return this.#phrase(at)
    const value = (field && this.#range(field, at)) ?? this.#reader.word()
    if (value) return this.#lenient ? this.#growing(value, field) : value
    this.#complain(field ? 'a value is missing after the colon' : 'this belongs behind a word', at)
    this.#reader.take(/[~^]/y)
    return null
  }

  #phrase(at: number): QueryValue {
    const { text, closed } = this.#reader.quoted()
    if (!closed) this.#complain('this quote is not closed; add "', at)
    return { type: 'phrase', text }
  }

  /** `[a TO b]`, `{a TO b}`, `>a`; null when the value is none of these. */
  #range(field: FieldName, at: number): QueryValue | null {
    if (!this.#reader.sees(/[<>[{]/y)) return null
    if (!isNumberField(field)) {
      this.#complain(`${FIELDS[field].label} has no order; ranges are for numbers and dates`, at)
      return null
    }
    const operator = this.#reader.take(/>=|<=|>|</y)?.[0]
    if (!operator) return this.#brackets(at)
    const value = this.#reader.bound()
    if (value) return { type: 'compare', operator: operator as '>', text: value }
    this.#complain(`a value is missing after ${operator}`, at)
    return { type: 'any' }
  }

  #brackets(at: number): QueryValue {
    const range = this.#reader.take(/([[{])\s*("[^"]*"|[^\s\]}"]+)\s+TO\s+("[^"]*"|[^\s\]}"]+)\s*([\]}])/y)
    if (range) return { type: 'range', from: bound(range[2]!), to: bound(range[3]!), openFrom: range[1] === '{', openTo: range[4] === '}' }
    this.#complain('a range is written [from TO to], with * where it is open', at)
    this.#reader.take(/[^\]}]*[\]}]?/y)
    return { type: 'any' }
  }

  /** The word that somebody is typing is the beginning of one. */
  #growing(value: QueryValue, field: FieldName | null): QueryValue {
    const grows = value.type === 'word' && value.text.length > 1 && !value.text.startsWith('#') && this.#reader.sees(/$/y)
    return grows && (field === null || !isNumberField(field)) ? { type: 'prefix', text: value.text } : value
  }

  #nested<T>(at: number, parse: () => T): T {
    if (++this.#depth > QUERY_DEPTH_MAX) throw problem(`brackets and NOT are nested deeper than ${QUERY_DEPTH_MAX}`, at)
    const result = parse()
    this.#depth--
    return result
  }

  #skipStrayBracket(): boolean {
    const at = this.#reader.skipSpace()
    if (!this.#reader.take(/\)/y)) return false
    this.#complain('nothing opens this bracket; remove it', at)
    return true
  }

  #sort(): Sort | null {
    const at = this.#reader.skipSpace()
    if (!this.#reader.take(/SORT\s+BY/y)) return null
    const order = this.#reader.take(/\s+([A-Za-z_]+)(?:\s+(asc|desc|ASC|DESC))?\s*$/y)
    const field = order ? findSortField(order[1]!) : null
    if (field) return { field, descending: order![2] ? order![2].toLowerCase() === 'desc' : field === 'relevance' }
    this.#complain(`SORT BY comes last and takes one of ${SORT_FIELDS.join(', ')}, then asc or desc`, at)
    return NEWEST_FIRST
  }

  #complain(message: string, at: number): void {
    if (!this.#lenient) throw problem(message, at)
  }
}

const bound = (text: string): string | null => (text === '*' ? null : text.replace(/^"(.*)"$/s, '$1'))

function joined(type: 'and' | 'or', nodes: readonly QueryNode[]): QueryNode | null {
  return nodes.length > 1 ? { type, nodes } : (nodes[0] ?? null)
}
