import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWithin, matchesTerm } from './term-match.ts'

const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })

test.each([
  ['news', 'nwes', 1, true],
  ['interview', 'intervew', 1, true],
  ['interview', 'itnervew', 1, false],
  ['interview', 'itnervew', 2, true],
  ['東京', '東亰', 1, true],
  ['ab', 'ab', 0, true],
] as const)('%s and %s within %i: %s', (a, b, distance, within) => {
  expect(isWithin(a, b, distance)).toBe(within)
})

test('distance is symmetric and grows by one for one change', () => {
  fc.assert(
    fc.property(short, short, fc.constantFrom(0, 1, 2), (a, b, distance) => {
      expect(isWithin(a, b, distance)).toBe(isWithin(b, a, distance))
      expect(isWithin(a, `${a}x`, distance)).toBe(distance > 0)
      if (isWithin(a, b, distance)) expect(isWithin(a, b, distance + 1)).toBe(true)
    }),
  )
})

test('patterns match as a regular expression does', () => {
  const part = fc.oneof(
    fc.constantFrom('*' as const, '?' as const),
    fc.record({ literal: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 2 }) }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), short, (pattern, token) => {
      const expression = new RegExp(`^${pattern.map((p) => (p === '*' ? '.*' : p === '?' ? '.' : p.literal)).join('')}$`)
      expect(matchesTerm({ kind: 'pattern', pattern }, token)).toBe(expression.test(token))
    }),
    { numRuns: 2_000 },
  )
})

test('a pattern of many stars takes no time', () => {
  const pattern = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? ('*' as const) : { literal: 'a' }))
  const startedAt = performance.now()
  expect(matchesTerm({ kind: 'pattern', pattern: [...pattern, { literal: 'b' }] }, 'a'.repeat(100))).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(200)
})
