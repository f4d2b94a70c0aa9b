import { expect, test } from 'vitest'
import { sniff, sniffText } from './probe-sniff.ts'

const bytes = (text: string, length = 4_096): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(length)])

test.each([
  ['\0\0\0\x20ftypqt  ', 'video', 'mov', 'mov'],
  ['\0\0\0\x20ftypisom', 'video', 'mp4', 'mov'],
  ['\0\0\0\x20ftypM4A ', 'audio', 'm4a', 'mov'],
  ['\0\0\0\x20ftypheic', 'image', 'heif', null],
  ['\0\0\0\x08wide\0\0\0\0mdat', 'video', 'mov', 'mov'],
  ['\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm', 'video', 'webm', 'matroska'],
  ['\x1a\x45\xdf\xa3\x9fB\x82\x88matroska', 'video', 'matroska', 'matroska'],
  ['RIFF\0\0\0\0WAVEfmt ', 'audio', 'wav', 'wav'],
  ['RF64\xff\xff\xff\xffWAVEds64', 'audio', 'rf64', 'wav'],
  ['RIFF\0\0\0\0AVI LIST', 'video', 'avi', 'avi'],
  ['RIFF\0\0\0\0WEBPVP8 ', 'image', 'webp', null],
  ['\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\0', 'video', 'mxf', 'mxf'],
  ['\xff\xd8\xff\xe0\0\x10JFIF', 'image', 'jpeg', null],
  ['%PDF-1.7', 'document', 'pdf', null],
  ['fLaC\0\0\0\x22', 'audio', 'flac', 'flac'],
])('%j is %s in %s, opened by %s', (head, kind, container, demuxer) => {
  expect(sniff(bytes(head))).toMatchObject({ kind, container, demuxer })
})

test.each([
  [0, 188],
  [4, 192],
  [0, 204],
])('a transport stream is told by its sync bytes (offset %i, packets of %i)', (start, step) => {
  const head = Buffer.alloc(4_096)
  for (let at = start; at < head.length; at += step) head[at] = 0x47
  expect(sniff(head)).toMatchObject({ container: 'mpegts', demuxer: 'mpegts' })
})

test('MP3 needs two frames in a row, or a tag', () => {
  const frame = Buffer.concat([Buffer.from('fffb9064', 'hex'), Buffer.alloc(413)])
  expect(sniff(Buffer.concat([frame, frame]))).toMatchObject({ container: 'mp3' })
  expect(sniff(Buffer.concat([frame, Buffer.alloc(500)]))).toBeNull()
  expect(sniff(Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'), frame, frame]))).toMatchObject({ container: 'mp3' })
})

test.each([
  ['#EXTM3U\n#EXTINF:10,\n/etc/passwd', 'other', 'hls-playlist'],
  ["ffconcat version 1.0\nfile '/etc/passwd'", 'other', 'concat-playlist'],
  ['<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'other', 'svg'],
  ['<!DOCTYPE html><script>', 'document', 'html'],
  ['\ufeffWEBVTT\n\n00:00.000 --> 00:01.000', 'document', 'webvtt'],
  ['1\n00:00:01,000 --> 00:00:02,000\nHello', 'document', 'srt'],
  ['Grüße', 'document', 'text'],
])('the text %j is %s (%s), never media', (text, kind, container) => {
  const head = Buffer.from(text)
  expect(sniff(head)).toBeNull()
  expect(sniffText(head)).toMatchObject({ kind, container, demuxer: null })
})

test('noise is neither media nor text', () => {
  const noise = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 89 + (index >> 3) * 31) & 0xff))
  expect(sniff(noise)).toBeNull()
  expect(sniffText(noise)).toBeNull()
  expect(sniff(Buffer.alloc(0))).toBeNull()
})
