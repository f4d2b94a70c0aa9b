import { expect, test } from 'vitest'
import { compileCondition } from './condition.ts'

const facts = (name: string) => ({ run: {}, asset: { name }, output: { probe: { kind: 'video' } } })
const TEN = '[1,2,3,4,5,6,7,8,9,10]'

test.each([
  ['asset.name.matches("^A[0-9]+$")', 'A042', true],
  ['asset.name.matches("^A[0-9]+$")', 'B042', false],
  ['output.probe.kind == "video"', '', true],
])('%s of "%s" is %s', (text, name, expected) => {
  expect(compileCondition(text)(facts(name))).toBe(expected)
})

test.each([
  ['a pattern that backtracks', 'asset.name.matches("^(a+)+$")'],
  ['lists within lists', `${`${TEN}.all(x, `.repeat(8)}true${')'.repeat(8)}`],
])('%s holds up nobody', (_, text) => {
  const startedMs = performance.now()
  expect(() => compileCondition(text)(facts(`${'a'.repeat(60)}!`))).toThrow(/longer than 50 ms|iteration|limit/i)
  expect(performance.now() - startedMs).toBeLessThan(2_000)
})
