import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FrameTable } from '@capstan/contract/frame-table'
import { Technical } from '@capstan/contract/technical'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { numberedClip, numbersOf } from './numbered-clips.fixture.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { probe } from './probe.ts'
import { reviewCopies } from './review-copies.fixture.ts'

let folder: string
let tools: MediaTools

beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12', '-pix_fmt', 'yuv420p']
const FIELDS = ['-c:v', 'mpeg2video', '-pix_fmt', 'yuv420p', '-b:v', '12M', '-g', '12', '-bf', '2', '-flags', '+ilme+ildct', '-top', '1']
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function review(path: string, name: string) {
  const outDir = join(folder, `out-${name}`)
  const probed = await probe(tools)(await stepInput(path, outDir, null))
  const technical = Technical.parse(JSON.parse(JSON.stringify(probed.output?.['technical'])))
  const made = await reviewCopies(tools)(await stepInput(path, outDir, technical))
  return { technical, made, outDir, proxy: join(outDir, 'proxy', made.renditions[0]?.mainFile ?? '') }
}

async function header(path: string): Promise<{ streams: Record<string, unknown>[] }> {
  const args = ['-show_streams', '-of', 'json', ...inputArgs(0, 'mov')]
  const run = { inputs: [path], outputDir: null, signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 }
  return JSON.parse((await tools.run({ tool: 'ffprobe', args, ...run })).stdout.toString('utf8')) as { streams: Record<string, unknown>[] }
}

test.each([
  { name: '25i.mxf', rate: '25', interlaced: true, encode: [...FIELDS, '-timecode', '10:00:00:00'], start: '10:00:00:00' },
  { name: '2997i.mxf', rate: '30000/1001', interlaced: true, encode: [...FIELDS, '-timecode', '00:00:59;20'], start: '00:00:59;20' },
  {
    name: '23976.mov',
    rate: '24000/1001',
    interlaced: false,
    encode: [...H264, '-bf', '2', '-timecode', '01:00:00:00'],
    start: '01:00:00:00',
  },
  { name: '50p.mp4', rate: '50', interlaced: false, encode: [...H264, '-bf', '2'], start: null },
  { name: '5994p.ts', rate: '60000/1001', interlaced: false, encode: [...H264, '-bf', '2'], start: null },
  { name: '2997p.mkv', rate: '30000/1001', interlaced: false, encode: H264, start: null },
])('frame n of the proxy of $name is frame n of the source', async ({ name, rate, interlaced, encode, start }) => {
  const frames = 61
  const sound = ['-map', '0:v', '-map', '1:a', '-c:a', name.endsWith('mxf') || name.endsWith('mov') ? 'pcm_s16le' : 'aac']
  const path = await numberedClip(tools, { folder, name, frames, rate, interlaced, sound: true, encode: [...encode, ...sound] })
  const { technical, made, proxy } = await review(path, name)
  expect(made.warnings).toEqual([])
  expect(technical.video[0]?.scan).toBe(interlaced ? 'interlaced-tff' : 'progressive')
  expect(await numbersOf(tools, proxy)).toEqual(upTo(frames))
  const [num, den] = rate.split('/').map(Number)
  expect(technical.video[0]?.rate).toEqual({ num, den: den ?? 1 })
  expect(technical.format.startTimecode?.label ?? null).toBe(start)
  const { streams } = await header(proxy)
  expect(streams[0]).toMatchObject({
    codec_name: 'h264',
    pix_fmt: 'yuv420p',
    r_frame_rate: den ? rate : `${rate}/1`,
    start_pts: 0,
    has_b_frames: 0,
  })
  expect(streams[0]).toMatchObject({ color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709', color_range: 'tv' })
  expect(streams[1]).toMatchObject({ codec_name: 'aac', channels: 2 })
  const written = streams.find((stream) => stream['codec_tag_string'] === 'tmcd') as { tags?: { timecode?: string } } | undefined
  expect(written?.tags?.timecode ?? null).toBe(start)
})

test('a variable rate keeps its time stamps, its frames and gets a frame table', async () => {
  const uneven = "setpts='(N*40+mod(N*N\\,7)*9+0.2)/1000/TB'"
  const encode = ['-vf', `settb=1/1000,${uneven}`, '-vsync', 'passthrough', '-enc_time_base', '1/1000', ...H264]
  const path = await numberedClip(tools, { folder, name: 'vfr.mkv', frames: 50, rate: '25', encode })
  const { technical, made, outDir, proxy } = await review(path, 'vfr')
  expect(technical.video[0]).toMatchObject({ variableRate: true, rate: null, frameCount: 50 })
  expect(made.warnings).toEqual([])
  expect(await numbersOf(tools, proxy)).toEqual(upTo(50))
  const table = FrameTable.parse(JSON.parse(await readFile(join(outDir, 'proxy', 'frames.json'), 'utf8')))
  const milliseconds = table.starts.map((tick) => Math.round((tick * table.timeBase.num * 1000) / table.timeBase.den))
  expect(milliseconds).toEqual(upTo(50).map((n) => n * 40 + ((n * n) % 7) * 9))
})

test('a source that is cut off is completed with a warning that says so', async () => {
  const path = await numberedClip(tools, {
    folder,
    name: 'cut.mxf',
    frames: 100,
    rate: '25',
    encode: ['-c:v', 'mpeg2video', '-b:v', '20M', '-pix_fmt', 'yuv422p'],
  })
  const whole = await readFile(path)
  await writeFile(path, whole.subarray(0, Math.round(whole.length * 0.4)))
  const outDir = join(folder, 'out-cut')
  const probed = await probe(tools)(await stepInput(path, outDir, null))
  const made = await reviewCopies(tools)(await stepInput(path, outDir, probed.output?.['technical'] as Technical))
  expect([...probed.warnings, ...made.warnings].join(' ')).toMatch(/cut off/)
  const numbers = await numbersOf(tools, join(outDir, 'proxy', 'proxy.mp4'))
  expect(numbers).toEqual(upTo(numbers.length))
})

test('eight mono tracks become a monitor mix and four pairs; HLS offers them all; the picture stands beside', async () => {
  const tones = [300, 600, 900, 1200, 1500, 1800, 2100, 2400]
  const inputs = tones.flatMap((hertz) => ['-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000:duration=2`])
  const maps = ['-map', '0:v', ...tones.flatMap((_, index) => ['-map', `${index + 1}:a`])]
  const path = await numberedClip(tools, {
    folder,
    name: 'eight.mov',
    frames: 50,
    rate: '25',
    encode: [...inputs, ...maps, ...H264, '-c:a', 'pcm_s16le'],
  })
  const { made, outDir } = await review(path, 'eight')
  const files = made.renditions[0]?.files.map((file) => file.path)
  expect(files).toEqual(['proxy.mp4', 'audio-1.m4a', 'audio-2.m4a', 'audio-3.m4a', 'audio-4.m4a'])
  expect(made.renditions[0]?.facts['audio']).toMatchObject({ monitor: 'Tracks 1 and 2' })
  const master = await readFile(join(outDir, 'hls', 'hls', 'master.m3u8'), 'utf8')
  expect(master.match(/TYPE=AUDIO/g)).toHaveLength(5)
  expect(master).toContain('RESOLUTION=320x192')
  expect(made.renditions[1]?.mainFile).toBe('hls/master.m3u8')
  const playlist = await readFile(join(outDir, 'hls', 'hls', 'video.m3u8'), 'utf8')
  expect(playlist).toMatch(/#EXT-X-MAP:URI="video-init.mp4"/)
  expect(playlist).toContain('#EXT-X-ENDLIST')
})

test('sound alone becomes proxy.m4a with an audio-only playlist', async () => {
  const path = join(folder, 'alone.wav')
  const args = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=1', 'alone.wav']
  await tools.run({ tool: 'ffmpeg', args, inputs: [], outputDir: folder, signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 })
  const { technical, made, outDir } = await review(path, 'alone')
  expect(technical.kind).toBe('audio')
  expect(made.renditions.map((rendition) => rendition.mainFile)).toEqual(['proxy.m4a', 'hls/master.m3u8'])
  expect(await readFile(join(outDir, 'hls', 'hls', 'master.m3u8'), 'utf8')).not.toContain('RESOLUTION')
})
