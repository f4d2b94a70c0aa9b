import { expect, test } from 'vitest'
import type { TermMatch } from '../../services/search/domain/clause.ts'
import { matchesTerm } from '../../services/search/domain/term-match.ts'
import { roughExpression, termExpression, termQuery } from './term-query.ts'

const LETTERS = ['a', 'b', 'c', '=', '.']
const upTo = (length: number): string[] =>
  length === 0 ? [''] : ['', ...upTo(length - 1).flatMap((rest) => LETTERS.map((letter) => letter + rest))]
const WORDS = [...new Set(upTo(5))].filter((word) => word !== '')

/** What the few parts of Lucene's expressions that we write mean, said in those of JavaScript. */
const asRegExp = (expression: string): RegExp => new RegExp(`^(?:${expression.replace(/\\([=&@#'"_-])/g, '$1')})$`, 's')

test.each(['a', 'ab', 'abc', 'abca', 'aab', 'b.c'])('the expression for words near %s finds exactly those', (token) => {
  for (const distance of [0, 1, 2] as const) {
    const match: TermMatch = { kind: 'fuzzy', token, distance }
    const expression = asRegExp(termExpression(match)!)
    expect(WORDS.filter((word) => expression.test(word))).toEqual(WORDS.filter((word) => matchesTerm(match, word)))
  }
})

const PATTERNS = [
  ['*', { literal: 'b' }],
  ['?', { literal: 'b' }, '*'],
  ['*', '?', { literal: 'a' }],
  [{ literal: 'a' }, '?', '?'],
  ['?', '*'],
  ['*'],
] as const

test.each(PATTERNS.map((pattern) => [pattern]))('the expression for %j finds exactly what fits, and no stem', (pattern) => {
  const match: TermMatch = { kind: 'pattern', pattern }
  const expression = asRegExp(termExpression(match)!)
  expect(WORDS.filter((word) => expression.test(word))).toEqual(WORDS.filter((word) => matchesTerm(match, word)))
})

test('a longer word is left to the fuzzy search, and what it may be is listed by an expression that leaves nothing out', () => {
  const match: TermMatch = { kind: 'fuzzy', token: 'abcab', distance: 2 }
  expect(termExpression(match)).toBeNull()
  const rough = asRegExp(roughExpression(match)!)
  expect(WORDS.filter((word) => matchesTerm(match, word) && !rough.test(word))).toEqual([])
  expect(termQuery('all', match)).toMatchObject({ fuzzy: { all: { fuzziness: 2, prefix_length: 1, rewrite: 'constant_score' } } })
})
