import { expect, test } from 'vitest'
import { placeTile, sheetName, sheetSize } from './sheet-layout.ts'
import { thumbnailsVtt, vttTime } from './webvtt-thumbnails.ts'

const TILE = { width: 240, height: 135 }

test('tiles fill sheets of ten by ten by rows', () => {
  expect(placeTile(0, TILE)).toEqual({ sheet: 'sheet-001.jpg', x: 0, y: 0, ...TILE })
  expect(placeTile(23, TILE)).toMatchObject({ sheet: 'sheet-001.jpg', x: 720, y: 270 })
  expect(placeTile(100, TILE)).toMatchObject({ sheet: 'sheet-002.jpg', x: 0, y: 0 })
  expect(sheetName(19)).toBe('sheet-020.jpg')
})

test('the last sheet has no empty rows, and a short one no empty columns', () => {
  expect(sheetSize(100, TILE)).toEqual({ width: 2400, height: 1350 })
  expect(sheetSize(11, TILE)).toEqual({ width: 2400, height: 270 })
  expect(sheetSize(3, TILE)).toEqual({ width: 720, height: 135 })
})

test('a cue lasts until the next picture, the last one to the end', () => {
  const tiles = [0, 1_000_000, 2_040_000].map((timeUs, i) => ({ timeUs, place: placeTile(i, TILE) }))
  expect(thumbnailsVtt(tiles, 5_500_000)).toBe(`WEBVTT

00:00:00.000 --> 00:00:01.000
sheet-001.jpg#xywh=0,0,240,135

00:00:01.000 --> 00:00:02.040
sheet-001.jpg#xywh=240,0,240,135

00:00:02.040 --> 00:00:05.500
sheet-001.jpg#xywh=480,0,240,135
`)
})

test('times have hours, and are rounded down', () => {
  expect(vttTime(3_723_004_999)).toBe('01:02:03.004')
  expect(vttTime(-5)).toBe('00:00:00.000')
})
