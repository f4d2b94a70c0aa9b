import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Technical } from '@capstan/contract/technical'
import { planProxy } from '../domain/proxy-plan.ts'
import { inputRef, type MediaTools } from '../ports/media-tools.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { probe } from './probe.ts'

const MEDIA = process.env['CAPSTAN_TEST_MEDIA']

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
  await writeFile(join(folder, 'dolby-e.raw'), dolbyE())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Two seconds of stereo in 24 bits, a burst of type 28 every frame of 1/25 s. */
function dolbyE(): Buffer {
  const frame = Buffer.alloc(1_920 * 6)
  for (let at = 4 * 3; at < 12_000; at++) frame[at] = (at * 7_919) & 0xff
  for (const [word, value] of [0x96f872, 0xa54e1f, (28 | (2 << 5)) << 8, 14_000 << 8].entries()) frame.writeUIntLE(value, word * 3, 3)
  return Buffer.concat(Array.from({ length: 50 }, () => frame))
}

async function made(name: string, args: readonly string[]): Promise<string> {
  const raw = ['-f', 's24le', '-ar', '48000', '-ac', '2', '-i', inputRef(0)]
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...raw,
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x64:rate=25:duration=2',
      '-f',
      'lavfi',
      '-i',
      'sine=sample_rate=48000:duration=2',
      ...args,
      name,
    ],
    inputs: [join(folder, 'dolby-e.raw')],
    outputDir: folder,
    signal: AbortSignal.timeout(30_000),
    timeoutMs: 30_000,
  })
  return join(folder, name)
}

async function factsOf(path: string): Promise<Technical> {
  const outDir = join(folder, `out-${Math.random()}`)
  await mkdir(outDir)
  return (await probe(tools)(await stepInput(path, outDir, null))).output?.['technical'] as Technical
}

test('Dolby E is named, and the monitor mix is made of the sound beside it', async () => {
  const technical = await factsOf(
    await made('both.mov', ['-map', '1:v', '-map', '0:a', '-map', '2:a', '-c:v', 'mpeg4', '-c:a', 'pcm_s24le']),
  )
  expect(technical.audio.map(({ codec, dataChannels }) => [codec, dataChannels?.length])).toEqual([
    ['dolby_e', 2],
    ['pcm_s24le', undefined],
  ])
  const plan = planProxy(technical, tools.capabilities)
  expect(plan.warnings).toContain('sound stream 1 carries Dolby E in channel 1, 2: it is never played as sound')
  expect(plan.args.join(' ')).toContain('[0:2]')
  expect(plan.args.join(' ')).not.toContain('[0:1]')
})

test('Dolby E over two mono tracks is one pair, and a film with nothing else has a silent proxy', async () => {
  const split = ['-filter_complex', '[0:a]channelsplit[l][r]', '-map', '1:v', '-map', '[l]', '-map', '[r]']
  const technical = await factsOf(await made('split.mxf', [...split, '-c:v', 'mpeg2video', '-c:a', 'pcm_s24le']))
  expect(technical.audio.map(({ codec }) => codec)).toEqual(['dolby_e', 'dolby_e'])
  expect(planProxy(technical, tools.capabilities).args).not.toContain('[monitor]')
})

test('MediaInfo tells the packages of an MXF apart', async () => {
  const args = ['-map', '1:v', '-map', '2:a', '-c:v', 'mpeg2video', '-c:a', 'pcm_s16le', '-timecode', '10:00:00:00']
  const { format } = await factsOf(await made('packages.mxf', args))
  expect(format.timecodes.map(({ source, label }) => `${source} ${label}`)).toEqual(
    expect.arrayContaining(['MXF material package 10:00:00:00', 'MXF source package 10:00:00:00']),
  )
  expect(format.startTimecode).toMatchObject({ label: '10:00:00:00', source: 'MXF material package' })
})

test.skipIf(MEDIA === undefined)('real files keep what they had and gain what MediaInfo knows', async () => {
  expect((await factsOf(join(MEDIA!, 'audio/bwf-bext-24bit.wav'))).format.timeReference).toEqual({
    samples: 0,
    sampleRate: 44_100,
    source: 'bext time reference',
  })
  expect((await factsOf(join(MEDIA!, 'video/dolby-vision-iphone-portrait.MOV'))).video[0]?.dolbyVisionProfile).toBe(8)
})
