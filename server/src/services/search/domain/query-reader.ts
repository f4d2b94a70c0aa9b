import type { PatternPart } from './clause.ts'
import type { QueryValue } from './query.ts'

/** A place in the text of a query. Expressions are sticky (`y`). */
export class QueryReader {
  readonly #text: string
  position = 0

  constructor(text: string) {
    this.#text = text
  }

  sees(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.position
    return expression.exec(this.#text)
  }

  take(expression: RegExp): RegExpExecArray | null {
    const match = this.sees(expression)
    if (match) this.position += match[0].length
    return match
  }

  /** Answers where the next thing begins. */
  skipSpace(): number {
    this.take(/\s+/y)
    return this.position
  }

  /** The text between quotes, from the opening one on; a backslash takes the next character as it is. */
  quoted(): { text: string; closed: boolean } {
    const match = this.take(/"((?:[^"\\]|\\[^])*)\\?("?)/y)!
    return { text: unescaped(match[1]!), closed: match[2] === '"' }
  }

  /** The value behind > or <, quoted or up to a space or bracket. */
  bound(): string | null {
    if (this.sees(/"/y)) return this.quoted().text
    return this.take(/[^\s()"]+/y)?.[0] ?? null
  }

  /** A bare word with its wildcards and its ~; null where none begins. */
  word(): QueryValue | null {
    const parts: PatternPart[] = []
    for (;;) {
      const plain = this.take(/[^\s()"\\*?~^]+/y)?.[0] ?? this.#escapedOrLone()
      const wildcard = plain === null ? this.take(/[*?]/y)?.[0] : undefined
      if (plain !== null) append(parts, plain)
      else if (wildcard) parts.push(wildcard as '*' | '?')
      else break
    }
    if (parts.length === 0) return null
    const fuzzy = this.take(/~([012]?)(?=[\s()^]|$)/y)
    return valueOf(parts, fuzzy)
  }

  /** An escaped character; or a ~ or ^ that is no suffix, which then means itself. */
  #escapedOrLone(): string | null {
    const escaped = this.take(/\\([^]?)/y)
    if (escaped) return escaped[1] === '' ? '\\' : escaped[1]!
    if (this.sees(/~[012]?(?=[\s()^]|$)|\^\d{1,6}(?:\.\d{1,6})?(?=[\s()]|$)/y)) return null
    return this.take(/[~^]/y)?.[0] ?? null
  }
}

function valueOf(parts: readonly PatternPart[], fuzzy: RegExpExecArray | null): QueryValue {
  const [first, second] = parts
  if (parts.length === 1 && typeof first === 'object') {
    if (!fuzzy) return { type: 'word', text: first.literal }
    return { type: 'fuzzy', text: first.literal, distance: fuzzy[1] ? (Number(fuzzy[1]) as 0 | 1 | 2) : null }
  }
  if (parts.every((part) => part === '*')) return { type: 'any' }
  if (parts.length === 2 && typeof first === 'object' && second === '*') return { type: 'prefix', text: first.literal }
  return { type: 'pattern', parts }
}

function append(parts: PatternPart[], literal: string): void {
  const last = parts.at(-1)
  if (typeof last === 'object') parts[parts.length - 1] = { literal: last.literal + literal }
  else parts.push({ literal })
}

const unescaped = (text: string): string => text.replace(/\\([^])/g, '$1')
