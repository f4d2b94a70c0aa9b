import type { PatternPart } from './clause.ts'
import type { Query, QueryNode, QueryValue } from './query.ts'

/** The text of a query in one form; it reads back as the same query. */
export function printQuery({ where, sort }: Query): string {
  const text = where.type === 'all' ? '' : print(where)
  const order = sort ? `SORT BY ${sort.field} ${sort.descending ? 'desc' : 'asc'}` : ''
  return [text, order].filter((part) => part !== '').join(' ')
}

function print(node: QueryNode): string {
  switch (node.type) {
    case 'all':
      return '*'
    case 'or':
      return node.nodes.map((child) => (child.type === 'or' ? bracketed(child) : print(child))).join(' OR ')
    case 'and':
      return node.nodes.map(tight).join(' ')
    case 'not':
      return `NOT ${tight(node.node)}`
    case 'boost':
      return `${node.node.type === 'leaf' || node.node.type === 'all' ? print(node.node) : bracketed(node.node)}^${node.by}`
    case 'leaf':
      return `${node.field === null ? '' : `${node.field}:`}${printValue(node.value)}`
  }
}

const bracketed = (node: QueryNode): string => `(${print(node)})`
const tight = (node: QueryNode): string => (node.type === 'and' || node.type === 'or' ? bracketed(node) : print(node))

function printValue(value: QueryValue): string {
  switch (value.type) {
    case 'word':
      return escapeWord(value.text)
    case 'prefix':
      return `${escapeWord(value.text)}*`
    case 'phrase':
      return quote(value.text)
    case 'pattern':
      return value.parts.map((part: PatternPart) => (typeof part === 'object' ? escapeWord(part.literal) : part)).join('')
    case 'fuzzy':
      return `${escapeWord(value.text)}~${value.distance ?? ''}`
    case 'compare':
      return `${value.operator}${quote(value.text)}`
    case 'range':
      return `${value.openFrom ? '{' : '['}${bound(value.from)} TO ${bound(value.to)}${value.openTo ? '}' : ']'}`
    case 'any':
      return '*'
  }
}

/** A quoted bound has no escapes, and an unquoted one no spaces: what was read is one or the other. */
const bound = (text: string | null): string => (text === null ? '*' : /^[^\s\]}"*]+$/.test(text) ? text : `"${text}"`)
const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
const escapeWord = (text: string): string => text.replace(/[\s()"\\:*?~^[\]{}<>]/g, '\\$&').replace(/^(?:[-+]|AND|OR|NOT|SORT)/, '\\$&')
