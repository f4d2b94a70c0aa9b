import type { AudioStream, Technical, VideoStream } from '@capstan/contract/technical'
import { expect, test } from 'vitest'
import { toSearchDocument, type AssetForSearch } from './to-search-document.ts'

const asset: AssetForSearch = {
  accountId: 1,
  id: '01890000-0000-7000-8000-000000000001',
  number: 48_213,
  revision: 4,
  name: 'Harbour at night',
  originalName: 'A001C003.MOV',
  description: 'boats',
  tags: ['b-roll'],
  kind: 'video',
  flags: ['online'],
  owner: 'anna',
  workspaceIds: [3],
  sizeBytes: 1_000,
  createdAt: 5,
  updatedAt: 6,
  technical: null,
  text: null,
  hasWarnings: true,
}

const video: VideoStream = {
  index: 0,
  codec: 'prores',
  profile: 'HQ',
  level: null,
  width: 1_080,
  height: 1_920,
  displayWidth: 1_920,
  displayHeight: 1_080,
  sampleAspect: { num: 1, den: 1 },
  displayAspect: { num: 16, den: 9 },
  rotation: 90,
  pixelFormat: 'yuv422p10le',
  bitDepth: 10,
  chroma: '4:2:2',
  alpha: false,
  rate: { num: 30_000, den: 1_001 },
  averageRate: null,
  nominalRate: null,
  variableRate: false,
  frameCount: null,
  frameCountSource: null,
  durationUs: null,
  startUs: 0,
  scan: 'interlaced-tff',
  scanSource: 'header',
  colour: { primaries: null, transfer: null, matrix: null, range: null },
  hdr: 'PQ',
  dolbyVisionProfile: null,
  bitRate: null,
  language: null,
  title: null,
  attachedPicture: false,
  closedCaptions: false,
  missingFrames: 0,
  timeBase: { num: 1, den: 30_000 },
}

const audio: AudioStream = {
  index: 1,
  codec: 'pcm_s24le',
  profile: null,
  channels: 2,
  layout: 'stereo',
  sampleRate: 48_000,
  bitDepth: 24,
  durationUs: null,
  startUs: 0,
  bitRate: null,
  language: 'deu',
  title: 'Kommentar',
}

const technical: Technical = {
  version: 1,
  kind: 'video',
  format: {
    container: 'mov',
    demuxer: 'mov',
    mediaType: 'video/quicktime',
    durationUs: 12_500_000,
    startUs: 0,
    sizeBytes: 1_000,
    bitRate: 640,
    startTimecode: null,
    timecodes: [],
    tags: { title: 'Reel 7' },
  },
  video: [video, { ...video, index: 3, codec: 'mjpeg', attachedPicture: true }],
  audio: [audio, { ...audio, index: 2, language: 'eng' }],
  text: [],
  data: [],
  image: null,
  document: null,
  warnings: [],
}

test('an asset without technical facts is found by its names, its file ending stands for the container', () => {
  const { text, keywords, numbers } = toSearchDocument(asset)
  expect(text).toMatchObject({ name: 'Harbour at night', originalName: 'A001C003.MOV', description: 'boats', tags: ['b-roll'] })
  expect(keywords).toMatchObject({
    kind: ['video'],
    container: ['mov'],
    is: ['online', 'warning'],
    owner: ['anna'],
    tag: ['b-roll'],
    workspace: ['3'],
    codec: [],
  })
  expect(numbers).toEqual({ number: 48_213, size: 1_000, created: 5, updated: 6 })
})

test('technical facts become keywords, numbers and words; a cover picture is no video', () => {
  const { text, keywords, numbers } = toSearchDocument({ ...asset, technical })
  expect(keywords).toMatchObject({
    codec: ['prores', 'pcm_s24le'],
    container: ['mov'],
    language: ['deu', 'eng'],
    hdr: ['PQ'],
    scan: ['interlaced'],
    resolution: ['Full HD'],
  })
  expect(numbers).toMatchObject({ duration: 12.5, width: 1_920, height: 1_080, rate: 29.97, channels: 4, bitrate: 640 })
  expect(text.technical).toEqual(expect.arrayContaining(['video', '1080i29.97', '1920x1080', 'HDR PQ', '48 kHz', 'Reel 7', 'Kommentar']))
})

test('what a picture says of itself is found, however deep it lies', () => {
  const embedded = { title: 'Harbour', keywords: ['fog', 'cranes'], camera: { make: 'Leica', model: 'M11' }, iso: 400 }
  const image = { width: 60, height: 40, orientation: 1, pages: 1, exif: { format: 'jpeg', embedded } }
  const { text } = toSearchDocument({ ...asset, kind: 'image', technical: { ...technical, kind: 'image', video: [], audio: [], image } })
  expect(text.technical).toEqual(expect.arrayContaining(['Harbour', 'fog', 'cranes', 'Leica', 'M11']))
})
