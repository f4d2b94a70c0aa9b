import { expect, test } from 'vitest'
import { cueAt, parseThumbnails } from './vtt.ts'

const TRACK = `WEBVTT\r\n\r\n00:00:00.000 --> 00:00:01.500\r\nsheet-001.jpg#xywh=0,0,240,135\r\n\r\n1\n00:01.500 --> 01:00:00.000 align:start\nsheet-002.jpg#xywh=pixel:240,135,240,135\n\nNOTE none\n\n00:00:03.000 --> 00:00:04.000\nno rectangle\n`

test('cues with rectangles are read, others left out', () => {
  expect(parseThumbnails(TRACK)).toEqual([
    { start: 0, end: 1.5, sheet: 'sheet-001.jpg', x: 0, y: 0, width: 240, height: 135 },
    { start: 1.5, end: 3600, sheet: 'sheet-002.jpg', x: 240, y: 135, width: 240, height: 135 },
  ])
})

test('the picture for a moment is the last that begins before it', () => {
  const cues = parseThumbnails(TRACK)
  expect(cueAt(cues, 1.49)?.sheet).toBe('sheet-001.jpg')
  expect(cueAt(cues, 1.5)?.sheet).toBe('sheet-002.jpg')
  expect(cueAt(cues, 99_999)?.sheet).toBe('sheet-002.jpg')
  expect(cueAt([], 1)).toBeNull()
})
