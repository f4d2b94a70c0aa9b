import { expect, test } from 'vitest'
import { stillFilter, tilesFilter, type PictureSource } from './keyframe-filters.ts'
import { frameIndexAt } from './keyframe-source.ts'

const HD: PictureSource = {
  width: 1920,
  height: 1080,
  interlaced: false,
  transfer: 'sdr',
  matrix: null,
  primaries: 'bt2020',
  fullRange: false,
}
const all = () => true
const tiles = (source: PictureSource, has = all) => tilesFilter(source, { intervalS: 1, printFile: 'frames.txt', has })

test('untagged colour is taken by size, full range is converted', () => {
  expect(tiles(HD)).toContain('in_color_matrix=bt709:in_range=tv')
  expect(tiles({ ...HD, width: 720, height: 576 })).toContain('in_color_matrix=bt601')
  expect(tiles({ ...HD, matrix: 'bt2020', fullRange: true })).toContain('in_color_matrix=bt2020:in_range=pc')
})

test('HDR is tone-mapped where the filters are', () => {
  expect(tiles({ ...HD, transfer: 'pq' })).toMatch(/zscale=tin=smpte2084.*tonemap/)
  expect(tiles({ ...HD, transfer: 'pq' }, (name?: string) => name !== 'zscale')).not.toContain('tonemap')
})

test('a tile of interlaced film is one field, a still is deinterlaced by frame', () => {
  expect(tiles({ ...HD, interlaced: true })).toMatch(/^field=type=top,/)
  expect(stillFilter({ ...HD, interlaced: true }, all)).toMatch(/^bwdif=mode=send_frame,/)
  expect(stillFilter(HD, all)).not.toContain('bwdif')
})

test('the blanking lines of D-10 are cut, letterbox bars are not looked for', () => {
  expect(tiles({ ...HD, width: 720, height: 608 })).toMatch(/^crop=720:576:0:32:keep_aspect=1,/)
  expect(tiles({ ...HD, width: 720, height: 576 })).not.toContain('crop')
})

test('a time is a frame index at a constant rate only', () => {
  const rate = { num: 30_000, den: 1001 }
  expect(frameIndexAt({ rate, variableRate: false }, 1_001_000)).toBe(30)
  expect(frameIndexAt({ rate, variableRate: true }, 1_001_000)).toBeNull()
})
