import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkWhole } from './check-whole.ts'
import type { Finding } from './reader.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'capstan-whole-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const readerOf = (bytes: Buffer) => ({
  sizeBytes: bytes.length,
  readAt: async (position: number, length: number) => bytes.subarray(position, position + length),
})
const check = (bytes: Buffer): Promise<Finding> => checkWhole(readerOf(bytes))

/** The system's, or the one that npm brought. */
const ffmpeg = [
  process.env['FFMPEG_PATH'] ?? 'ffmpeg',
  join(import.meta.dirname, '../../../../../../node_modules/@ffmpeg-installer/linux-x64/ffmpeg'),
].find((path) => {
  try {
    execFileSync(path, ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

const video = ['-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25:d=2']
const sound = ['-f', 'lavfi', '-i', 'sine=d=2:r=48000']

describe.skipIf(!ffmpeg)('files that ffmpeg wrote are whole, and incomplete when they are cut', () => {
  test.each([
    ['film.mov', [...video, ...sound, '-c:v', 'mpeg4', '-c:a', 'pcm_s16le']],
    ['fast.mp4', [...video, '-c:v', 'mpeg4', '-movflags', '+faststart']],
    ['film.mxf', [...video, '-c:v', 'mpeg2video']],
    ['op-atom.mxf', [...sound, '-ac', '1', '-f', 'mxf_opatom']],
    ['sound.wav', sound],
    ['sound.rf64.wav', [...sound, '-rf64', 'always']],
    ['film.avi', [...video, '-c:v', 'mpeg4']],
  ])('%s', async (name, args) => {
    const path = join(folder, name)
    execFileSync(ffmpeg!, ['-v', 'error', '-y', ...args, path])
    const bytes = readFileSync(path)
    await Promise.all([
      expect(check(bytes)).resolves.toBeNull(),
      ...[0.41, 0.9, 0.99].map((part) =>
        expect(check(bytes.subarray(0, Math.floor(bytes.length * part))), `cut to ${part}`).resolves.toEqual(expect.any(String)),
      ),
    ])
  })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('hello, this is text')],
  ['a transport stream', Buffer.alloc(188 * 4, 0x47)],
])('%s says nothing of its end', async (_, bytes) => {
  expect(await check(bytes)).toBeNull()
})

test.each([
  ['a WAV whose length is not written yet', 'RIFF\0\0\0\0WAVEfmt ', 'its length has not been written yet'],
  ['a WAV that is cut', 'RIFF\x64\0\0\0WAVEfmt ', '92 of 108 bytes are missing'],
  ['a film without its index', '\0\0\0\x10ftypqt  \0\0\0\0\0\0\0\x08mdat', 'the index (moov) is missing'],
  ['a box of an impossible size', '\0\0\0\x10ftypqt  \0\0\0\0\0\0\0\x02mdat', 'it ends within the head of a box'],
])('%s', async (_, text, finding) => {
  expect(await check(Buffer.from(text, 'latin1'))).toBe(finding)
})

const media = process.env['CAPSTAN_TEST_MEDIA']
test.skipIf(!media)('real films are whole', async () => {
  const names = execFileSync('find', [
    media!,
    '-regextype',
    'egrep',
    '-iregex',
    '.*\\.(mov|mp4|m4a|mxf|wav|avi)',
    '-not',
    '-path',
    '*/odd/*',
    '-size',
    '-200M',
  ])
    .toString()
    .trim()
    .split('\n')
  for (const name of names) expect([name, await check(readFileSync(name))]).toEqual([name, null])
})
