import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Technical } from '@capstan/contract/technical'
import type { MediaTools, ToolRun } from '../ports/media-tools.ts'
import { captions } from './captions.ts'
import { DecoderAnswer } from './decoder/protocol.ts'
import { hls } from './hls.ts'
import { readMade, sizeOfMade, writeBesideMade } from './made-files.ts'
import { soundOrData } from './sound-or-data.ts'
import type { StepInput } from './step.ts'

const SECRET = 'WEBVTT\n\n00:00.000 --> 00:01.000\ncapstan-secret\n'

let folder: string
/** A file of ours that no tool may reach. */
let ours: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-made-'))
  ours = join(folder, 'ours')
  await writeFile(ours, SECRET)
  await mkdir(join(folder, 'out'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A tool that was taken over: it answers `stdout` and does `plant` in the folder it may write. */
const takenOver = (plant: (out: string) => Promise<void>, stdout = ''): MediaTools => ({
  capabilities: { version: '0' } as MediaTools['capabilities'],
  run: async ({ outputDir }: ToolRun) => {
    if (outputDir) await plant(outputDir)
    return { stdout: Buffer.from(stdout), stderrTail: '' }
  },
})

const input = (technical: unknown): StepInput => ({
  source: { path: join(folder, 'source.mov'), name: 'source.mov', sizeBytes: 1 },
  technical: technical as Technical,
  outDir: join(folder, 'out'),
  signal: AbortSignal.timeout(10_000),
  progress: () => undefined,
  log: () => undefined,
})

const kinds: [string, (path: string) => Promise<void>][] = [
  ['a link to a file of ours', (path) => symlink(ours, path)],
  ['a link beside it', (path) => symlink('../ours', path)],
  ['a pipe', async (path) => void execFileSync('mkfifo', [path])],
  ['a device without an end', (path) => symlink('/dev/zero', path)],
  ['a folder', async (path) => mkdir(path)],
  ['nothing', async () => undefined],
]

test.each(kinds)('%s is not read', async (_, plant) => {
  await plant(join(folder, 'out', 'made'))
  await expect(readMade(join(folder, 'out'), 'made')).rejects.toMatchObject({ code: 'invalid' })
  await expect(sizeOfMade(join(folder, 'out'), 'made')).rejects.toMatchObject({ code: 'invalid' })
})

test.each(['../ours', 'deeper/ours', 'a\0'])('the name %j is refused', async (name) => {
  await expect(readMade(join(folder, 'out'), name)).rejects.toMatchObject({ code: 'invalid' })
})

test('an ordinary file is read as far as is believed', async () => {
  await writeFile(join(folder, 'out', 'made'), 'abcdef')
  expect(String(await readMade(join(folder, 'out'), 'made', 3))).toBe('abc')
  expect(await sizeOfMade(join(folder, 'out'), 'made')).toBe(6)
})

test('writing beside what was made replaces a link and leaves what it points at', async () => {
  await symlink(ours, join(folder, 'out', 'made'))
  await writeBesideMade(join(folder, 'out'), 'made', 'text of ours')
  expect(await readFile(join(folder, 'out', 'made'), 'utf8')).toBe('text of ours')
  expect(await readFile(ours, 'utf8')).toBe(SECRET)
})

const HEADER = JSON.stringify({ streams: [{ index: 0, codec_type: 'video', width: 2, height: 2, avg_frame_rate: '25/1' }], format: {} })
const PLAYLIST = '#EXTM3U\n#EXTINF:4,\nvideo-00000.m4s\n'

test.each([
  ['the playlist', (out: string) => symlink(ours, join(out, 'video.m3u8'))],
  [
    'a segment',
    async (out: string) => {
      await writeFile(join(out, 'video.m3u8'), PLAYLIST)
      await symlink(ours, join(out, 'video-00000.m4s'))
    },
  ],
])('HLS refuses a link in place of %s', async (_, plant) => {
  await expect(hls(takenOver(plant, HEADER))(input(null))).rejects.toMatchObject({ code: 'invalid' })
})

test('HLS writes its playlist over no file of ours', async () => {
  const plant = async (out: string) => {
    await writeFile(join(out, 'video.m3u8'), PLAYLIST)
    await writeFile(join(out, 'video-00000.m4s'), 'x')
    await symlink(ours, join(out, 'master.m3u8'))
  }
  await hls(takenOver(plant, HEADER))(input(null))
  expect(await readFile(ours, 'utf8')).toBe(SECRET)
})

test('captions and sound behind a link are not read', async () => {
  const text = [{ index: 3, codec: 'subrip', language: null, forced: false }]
  const made = await captions(takenOver((out) => symlink(ours, join(out, '3.vtt'))))(
    input({ text, video: [], audio: [], format: { demuxer: 'mov', durationUs: 5e6 } }),
  )
  expect(made.renditions).toEqual([])
  const audio = [{ index: 1, channels: 2, sampleRate: 48_000, codec: 'pcm_s16le', bitsPerSample: 16 }]
  const technical = { audio, format: { durationUs: 5e6 } } as unknown as Technical
  const plant = (out: string) => symlink(ours, join(out, '1.raw'))
  expect(await soundOrData(takenOver(plant), input(technical), 'mov', technical)).toEqual(audio)
})

test.each([
  { name: '../../../blobs', file: 'image-1.jpg' },
  { name: 'image-1', file: '../../capstan.db' },
  { name: 'image-1', file: 'link/image-1.jpg' },
])('a decoder that names %j is not believed', (picture) => {
  const said = { pictures: [{ ...picture, mediaType: 'image/jpeg', width: 1, height: 1 }], text: null, facts: {}, warnings: [] }
  expect(DecoderAnswer.safeParse({ ok: true, ...said }).success).toBe(false)
  const fine = { ...said, pictures: [{ name: 'image-320', file: 'image-320.jpg', mediaType: 'image/jpeg', width: 1, height: 1 }] }
  expect(DecoderAnswer.safeParse({ ok: true, ...fine }).success).toBe(true)
  expect(DecoderAnswer.safeParse({ ok: true, ...fine, text: { file: '../x', characters: 1, truncated: false } }).success).toBe(false)
})
