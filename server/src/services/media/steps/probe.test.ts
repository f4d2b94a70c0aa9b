import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MediaTools } from '../ports/media-tools.ts'
import { makeClip, stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { probe } from './probe.ts'

let folder: string
let tools: MediaTools
let clip: string

beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
  const args = [
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=160x120:rate=25',
    '-f',
    'lavfi',
    '-i',
    'sine',
    '-t',
    '1',
    '-c:v',
    'mpeg4',
    '-c:a',
    'aac',
    '-timecode',
    '10:00:00:00',
  ]
  clip = await makeClip(tools, { folder, name: 'clip.mov', args })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function probed(name: string, content: string | Buffer) {
  const path = join(folder, name)
  await writeFile(path, content)
  return probe(tools)(await stepInput(path, join(folder, 'out'), null))
}

test('a film is told with its rate, its frames, its sound and its start', async () => {
  const { output, warnings } = await probe(tools)(await stepInput(clip, folder, null))
  expect(warnings).toEqual([])
  expect(output).toMatchObject({
    kind: 'video',
    technical: {
      format: { container: 'mov', demuxer: 'mov', startTimecode: { label: '10:00:00:00', dropFrame: false, source: 'tmcd track' } },
      video: [
        {
          codec: 'mpeg4',
          width: 160,
          height: 120,
          rate: { num: 25, den: 1 },
          frameCount: 25,
          frameCountSource: 'counted',
          variableRate: false,
        },
      ],
      audio: [{ codec: 'aac', channels: 1 }],
    },
  })
})

test.each([
  ['evil.mov', '#EXTM3U\n#EXTINF:10,\n/etc/passwd\n'],
  ['evil.mp4', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
  ['picture.mov', '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'],
  ['noise.mp4', Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 89 + (index >> 3) * 31) & 0xff))],
])('%s is something else, completed without technical facts', async (name, content) => {
  expect((await probed(name, content)).output).toMatchObject({ kind: 'other', technical: null })
})

test('a JPEG under the name of a film is a picture', async () => {
  expect((await probed('really-a-jpeg.mov', Buffer.from('ffd8ffe000104a464946000101', 'hex'))).output).toMatchObject({ kind: 'image' })
})

test('an empty, a cut and a gutted file are invalid, with a sentence', async () => {
  const whole = await readFile(clip)
  await expect(probed('empty.mp4', '')).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('empty') as string })
  const mdat = Buffer.concat([Buffer.from('00000014667479706d703432000000006d703432', 'hex'), whole.subarray(0, 5_000)])
  await expect(probed('cut.mp4', mdat.subarray(0, 2_000))).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('cut off') as string,
  })
  const gutted = Buffer.from(whole)
  gutted.fill(0xaa, whole.indexOf('mdat') + 4, whole.lastIndexOf('moov') - 4)
  await expect(probed('gutted.mov', gutted)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('decoded') as string,
  })
})

test('one byte changed anywhere in the header ends in facts or in a clear refusal', async () => {
  const whole = await readFile(clip)
  const moov = whole.lastIndexOf('moov')
  for (let step = 0; step < 12; step++) {
    const changed = Buffer.from(whole)
    const at = moov + Math.floor((step * (whole.length - moov)) / 12)
    changed[at] = (changed[at] as number) ^ 0xff
    const outcome = await probed(`changed-${step}.mov`, changed).catch((error: unknown) => (error as { code?: string }).code)
    expect(outcome === 'invalid' || typeof outcome === 'object').toBe(true)
  }
})
