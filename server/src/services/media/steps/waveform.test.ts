import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodePeaksDat } from '../domain/peaks-dat.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { makeClip, quickTechnical, stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { waveform } from './waveform.ts'

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Track = {
  channels: number
  sampleRate: number
  samples: number
  peaksDbfs: (number | null)[]
  detail: { file: string; buckets: number }
  overview: { file: string; buckets: number }
}

async function waveformOf(name: string, demuxer: string, args: readonly string[]): Promise<{ tracks: Track[]; outDir: string }> {
  const path = await makeClip(tools, { folder, name, args })
  const outDir = join(folder, `${name}-out`)
  await mkdir(outDir)
  const { renditions, warnings } = await waveform(tools)(await stepInput(path, outDir, await quickTechnical(tools, path, demuxer)))
  expect(warnings).toEqual([])
  expect(renditions.map(({ kind, mainFile }) => [kind, mainFile])).toEqual([['waveform', 'waveform.json']])
  const { tracks } = JSON.parse(await readFile(join(outDir, 'waveform', 'waveform.json'), 'utf8')) as { tracks: Track[] }
  return { tracks, outDir }
}

const peaksIn = async (outDir: string, file: string) => decodePeaksDat(await readFile(join(outDir, 'waveform', file)))

test('every track and channel has its own peaks, at its own rate', async () => {
  const args = [
    ...[
      '-f',
      'lavfi',
      '-i',
      'aevalsrc=0.5*sin(6283*t)|0:s=48000:d=3',
      '-f',
      'lavfi',
      '-i',
      'aevalsrc=0.25*sin(3000*t)*gte(t\\,1):s=44100:d=3',
    ],
    ...['-map', '0', '-map', '1', '-c:a', 'pcm_s16le'],
  ]
  const { tracks, outDir } = await waveformOf('two.mov', 'mov', args)
  expect(tracks.map(({ channels, sampleRate, samples }) => [channels, sampleRate, samples])).toEqual([
    [2, 48_000, 144_000],
    [1, 44_100, 132_300],
  ])
  expect(tracks.map(({ peaksDbfs }) => peaksDbfs)).toEqual([[expect.closeTo(-6, 0), null], [expect.closeTo(-12, 0)]])
  const second = await peaksIn(outDir, tracks[1]!.detail.file)
  expect(second).toMatchObject({ buckets: 300, samplesPerBucket: 441, sampleRate: 44_100 })
  expect(Math.max(...second.values.slice(0, 190))).toBe(0)
  expect(Math.max(...second.values.slice(200))).toBeGreaterThan(8000)
})

test('sixteen channels in one track', async () => {
  const channels = Array.from({ length: 16 }, (_, i) => `${((i + 1) / 20).toFixed(2)}*sin(2000*t)`).join('|')
  const { tracks } = await waveformOf('sixteen.wav', 'wav', [
    '-f',
    'lavfi',
    '-i',
    `aevalsrc=${channels}:s=48000:d=1:c=16c`,
    '-c:a',
    'pcm_s16le',
  ])
  expect(tracks[0]!.channels).toBe(16)
  expect(tracks[0]!.peaksDbfs[0]).toBeCloseTo(-26, 0)
  expect(tracks[0]!.peaksDbfs[15]).toBeCloseTo(-1.9, 0)
})

test('a long file keeps to its buckets, and the overview to fewer', async () => {
  const { tracks, outDir } = await waveformOf('long.wav', 'wav', ['-f', 'lavfi', '-i', 'sine=r=8000:d=900', '-c:a', 'pcm_s16le'])
  expect(tracks[0]!.detail.buckets).toBeLessThanOrEqual(16_000)
  expect(tracks[0]!.detail.buckets).toBeGreaterThan(15_000)
  expect(tracks[0]!.overview.buckets).toBeLessThanOrEqual(2000)
  expect((await peaksIn(outDir, tracks[0]!.overview.file)).buckets).toBe(tracks[0]!.overview.buckets)
})

test('a track that begins later begins with silence', async () => {
  const args = [
    '-f',
    'lavfi',
    '-i',
    'sine=d=3',
    '-itsoffset',
    '1',
    '-f',
    'lavfi',
    '-i',
    'sine=d=2',
    '-map',
    '0',
    '-map',
    '1',
    '-c:a',
    'pcm_s16le',
  ]
  const { tracks, outDir } = await waveformOf('late.mkv', 'matroska', args)
  const late = await peaksIn(outDir, tracks[1]!.detail.file)
  expect(late.buckets).toBe(300)
  expect(Math.max(...late.values.slice(0, 190))).toBe(0)
  expect(Math.max(...late.values.slice(210))).toBeGreaterThan(1000)
})

test('a silent film has no waveform, and that is no fault', async () => {
  const path = await makeClip(tools, {
    folder,
    name: 'mute.mp4',
    args: ['-f', 'lavfi', '-i', 'testsrc=d=1', '-c:v', 'libx264', '-preset', 'ultrafast'],
  })
  expect(await waveform(tools)(await stepInput(path, folder, await quickTechnical(tools, path, 'mov')))).toEqual({
    renditions: [],
    warnings: [],
  })
})
