import { expect, test } from 'vitest'
import { LruMap } from './lru-map.ts'

const keysIn = (map: LruMap<string, number>) => ['a', 'b', 'c', 'd'].filter((key) => map.get(key) !== null)

test('what was used longest ago goes first', () => {
  const map = new LruMap<string, number>(30)
  for (const key of ['a', 'b', 'c']) map.set(key, 1, 10)
  map.get('a')
  map.set('d', 1, 10)
  expect(keysIn(map)).toEqual(['a', 'c', 'd'])
})

test('a value in the place of another weighs what it weighs itself', () => {
  const map = new LruMap<string, number>(30)
  for (const value of [1, 2, 3, 4]) map.set('a', value, 10)
  map.set('b', 1, 20)
  expect(keysIn(map)).toEqual(['a', 'b'])
  expect(map.get('a')).toBe(4)
  map.set('a', 5, 30)
  expect(keysIn(map)).toEqual(['a'])
})

test('what is too heavy is kept alone, and a cleared map has its whole room again', () => {
  const map = new LruMap<string, number>(30)
  map.set('a', 1, 10)
  map.set('b', 1, 50)
  expect(keysIn(map)).toEqual(['b'])
  map.clear()
  for (const key of ['a', 'b', 'c']) map.set(key, 1, 10)
  expect(keysIn(map)).toEqual(['a', 'b', 'c'])
})
