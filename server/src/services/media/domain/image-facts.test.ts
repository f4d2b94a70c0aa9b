import { expect, test } from 'vitest'
import { embeddedFacts } from './image-facts.ts'
import { IMAGE_LONG_SIDES, POSTER_WIDTHS, sizeRefusal, sizesWithin } from './image-sizes.ts'

test('sizes keep the shape and never pass the source', () => {
  expect(sizesWithin({ width: 6000, height: 4000 }, IMAGE_LONG_SIDES, 'longSide')).toEqual([
    { name: 'small', width: 320, height: 213 },
    { name: 'medium', width: 1280, height: 853 },
    { name: 'large', width: 2560, height: 1707 },
  ])
  expect(sizesWithin({ width: 400, height: 900 }, IMAGE_LONG_SIDES, 'longSide').map(({ height }) => height)).toEqual([320, 900])
  expect(sizesWithin({ width: 1, height: 1 }, IMAGE_LONG_SIDES, 'longSide')).toEqual([{ name: 'small', width: 1, height: 1 }])
  expect(sizesWithin({ width: 1920, height: 1080 }, POSTER_WIDTHS, 'width').map(({ width }) => width)).toEqual([320, 960, 1920])
})

test('a picture that is too large is named with its size', () => {
  expect(sizeRefusal({ width: 30_000, height: 30_000 })).toBeNull()
  expect(sizeRefusal({ width: 70_000, height: 10 })).toMatch(/70000 x 10/)
  expect(sizeRefusal({ width: 60_000, height: 60_000 })).toMatch(/megapixels/)
  expect(sizeRefusal({ width: 0, height: 5 })).not.toBeNull()
})

test('tags become facts with units', () => {
  expect(
    embeddedFacts({
      Make: 'NIKON',
      Model: 'NIKON D70s',
      ExposureTime: '1/250',
      FNumber: 2.8,
      FocalLength: '50.0 mm',
      DateTimeOriginal: '2010-03-01T21:50:21.700',
      GPSLatitude: 43.4,
      GPSLongitude: 11.8,
      Orientation: 6,
      Keywords: ['sea', 'sea', ' boat '],
      Subject: 'harbour',
      'Caption-Abstract': 'A quay\0',
      'By-line': 'A. Person',
    }),
  ).toEqual({
    camera: 'NIKON D70s',
    exposureTimeS: 0.004,
    fNumber: 2.8,
    focalLengthMm: 50,
    takenAt: '2010-03-01T21:50:21.700',
    gps: { latitude: 43.4, longitude: 11.8 },
    orientation: 6,
    keywords: ['sea', 'boat', 'harbour'],
    caption: 'A quay',
    creator: 'A. Person',
  })
})

test('nonsense is left out', () => {
  expect(embeddedFacts({ GPSLatitude: 0, GPSLongitude: 0, Orientation: 99, ISO: 'many', Keywords: [''], Title: '   ' })).toEqual({})
  expect(embeddedFacts({ Make: 'Apple', Model: 'iPhone' }).camera).toBe('Apple iPhone')
})
