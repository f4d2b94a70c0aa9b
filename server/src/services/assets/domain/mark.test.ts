import { expect, test } from 'vitest'
import type { Asset } from './asset.ts'
import { checkRoom, type Marker } from './mark.ts'

test('an asset takes as many marks of a kind as its list shows', () => {
  const asset = { number: 7 } as Asset
  const marks = (count: number) => Array.from({ length: count }, () => ({}) as Marker)
  expect(() => checkRoom(asset, 'markers', marks(999))).not.toThrow()
  expect(() => checkRoom(asset, 'sub-clips', marks(1_000))).toThrow(
    expect.objectContaining({ code: 'conflict', message: expect.stringContaining('asset 7 has 1000 sub-clips') }),
  )
})
