import { expect, test } from 'vitest'
import type { Technical, VideoStream } from '@capstan/contract/technical'
import { planColour } from './colour-plan.ts'
import { masterPlaylist } from './hls-playlist.ts'
import { majorOf, planProxy } from './proxy-plan.ts'
import { proxySize } from './proxy-size.ts'
import { stillTechnical } from './technical.ts'

const filters = new Set(['colorspace', 'zscale', 'tonemap', 'bwdif'])
const capabilities = { filters, version: '5.1.9' }

const picture = (more: Partial<VideoStream> = {}): VideoStream => ({
  index: 0,
  codec: 'h264',
  profile: 'High',
  level: '40',
  width: 1_920,
  height: 1_080,
  displayWidth: 1_920,
  displayHeight: 1_080,
  sampleAspect: { num: 1, den: 1 },
  displayAspect: { num: 16, den: 9 },
  rotation: 0,
  pixelFormat: 'yuv420p',
  bitDepth: 8,
  chroma: '4:2:0',
  alpha: false,
  rate: { num: 25, den: 1 },
  averageRate: null,
  nominalRate: null,
  variableRate: false,
  missingFrames: 0,
  timeBase: { num: 1, den: 12_800 },
  frameCount: 100,
  frameCountSource: 'counted',
  durationUs: 4_000_000,
  startUs: 0,
  scan: 'progressive',
  scanSource: 'header',
  colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', range: 'limited' },
  hdr: null,
  dolbyVisionProfile: null,
  bitRate: null,
  language: null,
  title: null,
  attachedPicture: false,
  closedCaptions: false,
  ...more,
})

function technical(video: VideoStream, more: Partial<Technical['format']> = {}): Technical {
  const still = stillTechnical({ kind: 'video', container: 'mov', demuxer: 'mov', mediaType: 'video/quicktime' }, 1_000)
  return { ...still, format: { ...still.format, ...more }, video: [video] }
}

const filterOf = (video: VideoStream): string => {
  const { args } = planProxy(technical(video), capabilities)
  return args[args.indexOf('-vf') + 1] as string
}

test.each([
  [1_920, 1_080, 960, 540],
  [3_026, 1_386, 1_178, 540],
  [1_080, 1_920, 304, 540],
  [641, 360, 640, 360],
  [854, 480, 854, 480],
  [1, 1, 2, 2],
  [30_000, 30_000, 540, 540],
])('%i x %i becomes %i x %i', (displayWidth, displayHeight, width, height) => {
  expect(proxySize({ displayWidth, displayHeight })).toEqual({ width, height })
})

test('the demuxer is named and the real name is not', () => {
  const { args } = planProxy(technical(picture()), capabilities)
  expect(args.slice(0, 6)).toEqual(['-protocol_whitelist', 'file,pipe', '-f', 'mov', '-i', '{in:0}'])
})

test('only interlaced pictures are deinterlaced, by frames', () => {
  expect(filterOf(picture())).not.toContain('bwdif')
  expect(filterOf(picture({ scan: 'unknown' }))).not.toContain('bwdif')
  expect(filterOf(picture({ scan: 'interlaced-bff' }))).toContain('bwdif=mode=send_frame:parity=bff')
})

test('D-10 loses its 32 lines of blanking first', () => {
  const d10 = picture({ codec: 'mpeg2video', width: 720, height: 608, displayWidth: 768, displayHeight: 576, scan: 'interlaced-tff' })
  expect(filterOf(d10)).toMatch(/^crop=iw:ih-32:0:32,bwdif/)
})

test('full range is converted, not tagged anew', () => {
  const full = picture({ colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', range: 'full' } })
  expect(filterOf(full)).toContain('in_range=full:out_range=limited')
})

test('untagged SD is taken for BT.601 and said so, untagged HD for BT.709', () => {
  const untagged = { primaries: null, transfer: null, matrix: null, range: null }
  const sd = planColour(picture({ width: 720, height: 576, colour: untagged }), { width: 720, height: 540 }, filters)
  expect(sd.assumed).toBe('BT.601, 625 lines, by size')
  expect(sd.filters.join()).toContain('colorspace=ispace=bt470bg')
  expect(planColour(picture({ colour: untagged }), { width: 960, height: 540 }, filters)).toMatchObject({ assumed: 'BT.709, by size' })
})

test('PQ and HLG are tone-mapped; without the filters a warning says what to expect', () => {
  const hlg = picture({ colour: { primaries: 'bt2020', transfer: 'arib-std-b67', matrix: 'bt2020nc', range: 'limited' } })
  expect(planColour(hlg, { width: 960, height: 540 }, filters)).toMatchObject({ toneMapped: 'HLG', warnings: [] })
  expect(planColour(hlg, { width: 960, height: 540 }, new Set())).toMatchObject({
    toneMapped: null,
    warnings: [expect.stringContaining('flat')],
  })
})

test('Dolby Vision profile 5 is refused by name', () => {
  expect(() => planProxy(technical(picture({ dolbyVisionProfile: 5 })), capabilities)).toThrow(/Dolby Vision profile 5/)
})

test('a constant rate goes on its grid, a variable one keeps its clock', () => {
  const constant = planProxy(technical(picture({ rate: { num: 30_000, den: 1_001 }, missingFrames: 2 })), capabilities)
  expect(constant.args.join(' ')).toContain('settb=1001/30000')
  expect(constant).toMatchObject({ frameCount: { frames: 102, exact: true }, warnings: [expect.stringContaining('lacks 2 frames')] })
  const variable = planProxy(technical(picture({ rate: null, variableRate: true, timeBase: { num: 1, den: 57_600 } })), capabilities)
  expect(variable.args.join(' ')).toContain('-vsync passthrough -enc_time_base 1/57600')
})

test('versions are told apart, snapshots too', () => {
  expect(['5.1.9-0+deb12u1', 'n7.1', 'N-47683-g0e8eb07980-static', 'N-118000-gabc'].map(majorOf)).toEqual([5, 7, 3, 6])
})

test('the master playlist groups the sounds and quotes nothing that breaks it', () => {
  const sounds = [{ playlist: 'audio-0.m3u8', name: 'A "mix"\n', language: 'eng' }]
  const video = { playlist: 'video.m3u8', width: 960, height: 540, rate: { num: 30_000, den: 1_001 }, level: 31, profile: 'High' }
  const text = masterPlaylist(video, sounds, [], 3_000_000)
  expect(text).toContain('NAME="A \'mix\'\'",LANGUAGE="eng",DEFAULT=YES')
  expect(text).toContain('CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=960x540,FRAME-RATE=29.970,AUDIO="sound"\nvideo.m3u8')
  expect(masterPlaylist(null, sounds, [], 140_000)).toContain('CODECS="mp4a.40.2"\naudio-0.m3u8')
})
