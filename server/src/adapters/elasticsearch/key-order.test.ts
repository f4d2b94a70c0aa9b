import { expect, test } from 'vitest'
import { fromKey, toKey } from './key-order.ts'

const EDGES = ['', 'a', 'z', '퟿', '\ue000', '\ue001', 'ﷺ', '\uffff', '\u{10000}', '\u{11fff}', '\u{12000}', '🎬', '\u{10ffff}']
const WORDS = EDGES.flatMap((a) => EDGES.map((b) => `x${a}${b}`))

/** As the server compares. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

test('the bytes of keys are ordered as the code units of what they stand for', () => {
  expect([...WORDS].sort((a, b) => byBytes(toKey(a), toKey(b)))).toEqual([...WORDS].sort())
})

test('a key tells what it stands for, and no two are alike', () => {
  expect(WORDS.map((word) => fromKey(toKey(word)))).toEqual(WORDS)
  expect(new Set(WORDS.map(toKey)).size).toBe(new Set(WORDS).size)
  expect(toKey('plain é 東')).toBe('plain é 東')
})
