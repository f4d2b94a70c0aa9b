import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Technical } from '@capstan/contract/technical'
import { inputArgs, type MediaTools } from '../ports/media-tools.ts'
import { makeClip, stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { probe } from './probe.ts'
import { reviewCopies } from './review-copies.fixture.ts'

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const FLASH = "color=black:size=64x64:rate=25:duration=3,geq=lum='235*lt(mod(N,25),1)':cb=128:cr=128"
const BEEP = "aevalsrc='if(lt(mod(t,1),0.04),cos(2*PI*1000*t),0)':s=48000:d=3"

async function raw(path: string, before: readonly string[], output: readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  const args = [...before, ...inputArgs(0, 'mov'), ...output, 'pipe:1']
  const limits = { signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 }
  await tools.run({ tool: 'ffmpeg', args, inputs: [path], outputDir: null, ...limits, onStdout: (chunk) => chunks.push(chunk) })
  return Buffer.concat(chunks)
}

/** Where the second beep begins, in samples of 1/48000 s from the start of the timeline. */
async function beepAt(path: string, before: readonly string[] = []): Promise<number> {
  const sound = await raw(path, before, ['-map', '0:a', '-af', 'aresample=async=1:first_pts=0', '-ac', '1', '-ar', '48000', '-f', 's16le'])
  for (let at = 40_000; at * 2 < sound.length; at++) if (Math.abs(sound.readInt16LE(at * 2)) > 4_000) return at
  throw new Error('there is no beep')
}

async function flashesAt(path: string): Promise<number[]> {
  const picture = await raw(path, [], ['-map', '0:v', '-vf', 'scale=8:8,format=gray', '-vsync', 'passthrough', '-f', 'rawvideo'])
  return Array.from({ length: picture.length / 64 }, (_, frame) => frame).filter((frame) => (picture[frame * 64 + 27] as number) > 128)
}

/** A rendition's initialisation and all its segments as one file. */
async function joined(playlists: string, name: string): Promise<string> {
  const segments = (await readdir(playlists)).filter((file) => new RegExp(`^${name}-\\d+\\.m4s$`).test(file)).sort()
  const parts = await Promise.all([`${name}-init.mp4`, ...segments].map((file) => readFile(join(playlists, file))))
  const path = join(folder, `${name}.mp4`)
  await writeFile(path, Buffer.concat(parts))
  return path
}

async function review(path: string): Promise<{ proxy: string; playlists: string }> {
  const outDir = `${path}-out`
  await mkdir(outDir)
  const technical = (await probe(tools)(await stepInput(path, outDir, null))).output?.['technical'] as Technical
  await reviewCopies(tools)(await stepInput(path, outDir, technical))
  return { proxy: join(outDir, 'proxy', 'proxy.mp4'), playlists: join(outDir, 'hls', 'hls') }
}

const IGNORED = ['-ignore_editlist', '1']

test('flash and beep meet in the proxy, and in its segments whether a player knows edit lists or not', async () => {
  const args = ['-f', 'lavfi', '-i', FLASH, '-f', 'lavfi', '-i', BEEP, '-c:v', 'mpeg4', '-c:a', 'pcm_s16le']
  const { proxy, playlists } = await review(await makeClip(tools, { folder, name: 'sync.mov', args }))
  const [picture, sound] = await Promise.all([joined(playlists, 'video'), joined(playlists, 'audio-0')])
  expect(await flashesAt(proxy)).toEqual([0, 25, 50])
  expect(await flashesAt(picture)).toEqual([0, 25, 50])
  for (const at of [await beepAt(proxy), await beepAt(sound), await beepAt(sound, IGNORED)]) expect(Math.abs(at - 48_000)).toBeLessThan(48)
})

test('at a variable rate the beep is in its place too', async () => {
  const uneven = ['-vf', "settb=1/1000,setpts='(N*40+mod(N*N\\,7)*5)/1000/TB'", '-vsync', 'passthrough', '-enc_time_base', '1/1000']
  const args = [
    '-f',
    'lavfi',
    '-i',
    FLASH,
    '-f',
    'lavfi',
    '-i',
    BEEP,
    ...uneven,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-c:a',
    'pcm_s16le',
  ]
  const { proxy, playlists } = await review(await makeClip(tools, { folder, name: 'uneven.mkv', args }))
  for (const at of [await beepAt(proxy), await beepAt(await joined(playlists, 'audio-0'), IGNORED)])
    expect(Math.abs(at - 48_000)).toBeLessThan(48)
})
