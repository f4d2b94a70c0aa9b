import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CapstanError } from '../../../lib/errors.ts'
import { bindQuery } from './bind-query.ts'
import { parseQuery } from './parse-query.ts'
import { printQuery } from './print-query.ts'
import { QUERY_CLAUSES_MAX, QUERY_DEPTH_MAX, QUERY_LENGTH_MAX } from './query.ts'
import { QUERIES } from '../ports/search-index.queries.ts'

const withoutPlaces = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'at' ? undefined : inner)))
const shape = (q: string): unknown => withoutPlaces(parseQuery(q).where)
const word = (text: string, field: string | null = null): unknown => ({ type: 'leaf', field, value: { type: 'word', text } })

describe('the query language', () => {
  test('words beside each other are joined by AND, which binds tighter than OR', () => {
    expect(shape('a b OR c')).toEqual({ type: 'or', nodes: [{ type: 'and', nodes: [word('a'), word('b')] }, word('c')] })
    expect(shape('a AND b')).toEqual(shape('a b'))
    expect(shape('a and b')).toEqual({ type: 'and', nodes: [word('a'), word('and'), word('b')] })
  })

  test('NOT and - take what follows', () => {
    expect(shape('NOT a b')).toEqual({ type: 'and', nodes: [{ type: 'not', node: word('a') }, word('b')] })
    expect(shape('-a')).toEqual(shape('NOT a'))
    expect(shape('a-b')).toEqual(word('a-b'))
  })

  test('a field goes for what is in its brackets', () => {
    expect(shape('tag:(a OR b)')).toEqual(shape('tag:a OR tag:b'))
    expect(shape('TYPE:video')).toEqual(word('video', 'kind'))
    expect(shape('size:(>1GB OR <1KB)')).toEqual(shape('size:>1GB OR size:<1KB'))
  })

  test.each([
    ['wor*', { type: 'prefix', text: 'wor' }],
    ['w*d?', { type: 'pattern', parts: [{ literal: 'w' }, '*', { literal: 'd' }, '?'] }],
    ['word~', { type: 'fuzzy', text: 'word', distance: null }],
    ['word~2', { type: 'fuzzy', text: 'word', distance: 2 }],
    ['"a \\"b\\" c"', { type: 'phrase', text: 'a "b" c' }],
    ['size:>=1GB', { type: 'compare', operator: '>=', text: '1GB' }],
    ['size:{1 TO *]', { type: 'range', from: '1', to: null, openFrom: true, openTo: false }],
    ['tag:*', { type: 'any' }],
    ['http://a.b/c', { type: 'word', text: 'http://a.b/c' }],
    ['10:00:00:00', { type: 'word', text: '10:00:00:00' }],
    ['a\\ b\\*', { type: 'word', text: 'a b*' }],
    ['\\AND', { type: 'word', text: 'AND' }],
    ['file~name^x', { type: 'word', text: 'file~name^x' }],
  ])('%s', (q, value) => {
    expect(parseQuery(q).where).toMatchObject({ type: 'leaf', value })
  })

  test('SORT BY comes last', () => {
    expect(parseQuery('a SORT BY name').sort).toEqual({ field: 'name', descending: false })
    expect(parseQuery('SORT BY date DESC').sort).toEqual({ field: 'created', descending: true })
    expect(parseQuery('a SORT BY relevance').sort).toEqual({ field: 'relevance', descending: true })
    expect(parseQuery('sort by name').sort).toBeNull()
  })

  test.each([
    ['(a', 0],
    ['a)', 1],
    ['a OR', 4],
    ['OR a', 0],
    ['a AND', 2],
    ['"a', 0],
    ['colour:red', 0],
    ['size:', 5],
    ['size:[1 2]', 5],
    ['name:>a', 5],
    ['a SORT BY colour', 2],
    ['()', 0],
    ['a ^2', 2],
    ['a^1001', 1],
  ])('%s is refused with the place of the fault', (q, position) => {
    expect(() => parseQuery(q)).toThrow(expect.objectContaining({ code: 'invalid', details: { position } }))
    expect(() => parseQuery(q, { lenient: true })).not.toThrow()
  })

  test('limits hold in both ways of reading', () => {
    const tooMuch = [
      'a'.repeat(QUERY_LENGTH_MAX + 1),
      'a '.repeat(QUERY_CLAUSES_MAX + 1),
      '('.repeat(QUERY_DEPTH_MAX + 1) + 'a',
      'NOT '.repeat(QUERY_DEPTH_MAX + 1) + 'a',
    ]
    for (const q of tooMuch)
      for (const lenient of [true, false]) expect(() => parseQuery(q, { lenient })).toThrow(expect.objectContaining({ code: 'invalid' }))
    expect(() => parseQuery('a '.repeat(QUERY_CLAUSES_MAX))).not.toThrow()
  })

  test('the word that is being typed is the beginning of one, unless it is finished or a number', () => {
    const last = (q: string): unknown => parseQuery(q, { lenient: true }).where
    expect(last('inter')).toMatchObject({ value: { type: 'prefix', text: 'inter' } })
    expect(last('tag:ne')).toMatchObject({ value: { type: 'prefix', text: 'ne' } })
    for (const q of ['inter ', '"inter', 'i', '#12', 'width:19']) expect(last(q)).not.toMatchObject({ value: { type: 'prefix' } })
  })
})

/** Text that is likely to mean something to the parser. */
const queryLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'AND',
        'OR',
        'NOT',
        '-',
        '(',
        ')',
        '"',
        '*',
        '?',
        '~',
        '~1',
        '^2',
        '^',
        ':',
        'name:',
        'size:',
        'created:',
        'tag:',
        'x:',
        '>',
        '>=',
        '[',
        ']',
        '{',
        '}',
        ' TO ',
        'now-7d',
        '1GB',
        '\\',
        ' ',
        ' ',
        'SORT BY',
        'name',
        'desc',
        'a',
        'bc',
        '東京',
        '#1',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(''))

describe('for any text', () => {
  const parsed = (q: string, lenient: boolean) => {
    try {
      return parseQuery(q, { lenient })
    } catch (error) {
      if (error instanceof CapstanError && error.code === 'invalid' && typeof error.details['position'] === 'number') return null
      throw error
    }
  }

  test('reading answers, or refuses with a place; leniently it answers', () => {
    fc.assert(
      fc.property(fc.oneof(queryLike, fc.string({ unit: 'binary', maxLength: 60 })), (q) => {
        parsed(q, false)
        expect(parseQuery(q, { lenient: true })).toBeDefined()
      }),
      { numRuns: 3_000 },
    )
  })

  test('what is printed reads back as the same query, and prints the same', () => {
    fc.assert(
      fc.property(queryLike, fc.boolean(), (q, lenient) => {
        const query = parsed(q, lenient)
        if (query === null) return
        const printed = printQuery(query)
        expect(withoutPlaces(parseQuery(printed))).toEqual(withoutPlaces(query))
        expect(printQuery(parseQuery(printed))).toBe(printed)
      }),
      { numRuns: 3_000 },
    )
  })

  test('binding answers, or refuses as invalid; leniently it answers', () => {
    fc.assert(
      fc.property(queryLike, (q) => {
        expect(bindQuery(parseQuery(q, { lenient: true }), { nowMs: 0, lenient: true })).toBeDefined()
        const query = parsed(q, false)
        if (query === null) return
        try {
          bindQuery(query, { nowMs: 0 })
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid' })
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('every query of the shared suite is printed and read back', () => {
    for (const q of QUERIES) expect(withoutPlaces(parseQuery(printQuery(parseQuery(q))))).toEqual(withoutPlaces(parseQuery(q)))
  })
})
