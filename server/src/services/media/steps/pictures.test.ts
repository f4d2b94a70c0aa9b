import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MediaTools } from '../ports/media-tools.ts'
import { makeClip, quickTechnical, stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { pictures } from './pictures.ts'
import type { StepResult } from './step.ts'

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Made = { result: StepResult; outDir: string; keyframes: Keyframes }
type Keyframes = {
  rate: unknown
  poster: { frame: number }
  keyframes: { frame: number | null; timeUs: number; cut: boolean; sheet: string; x: number; y: number }[]
}

async function picturesOf(name: string, demuxer: string, args: readonly string[]): Promise<Made> {
  const path = await makeClip(tools, { folder, name, args })
  const outDir = join(folder, `${name}-out`)
  await mkdir(outDir)
  const result = await pictures(tools)(await stepInput(path, outDir, await quickTechnical(tools, path, demuxer)))
  return { result, outDir, keyframes: JSON.parse(await readFile(join(outDir, 'keyframes', 'keyframes.json'), 'utf8')) as Keyframes }
}

const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-an']
const sizeOf = async (path: string) => {
  const { width, height } = await sharp(path).metadata()
  return { width, height }
}

describe('a film with bars, black and two scenes', () => {
  let made: Made
  beforeAll(async () => {
    const graph = [
      'smptehdbars=s=640x360:r=25:d=4,format=yuv420p,setsar=1[bars]',
      'color=black:s=640x360:r=25:d=1,format=yuv420p,setsar=1[black]',
      'testsrc=s=640x360:r=25:d=4,format=yuv420p,setsar=1[one]',
      'mandelbrot=s=640x360:r=25:end_scale=0.5,trim=duration=3,format=yuv420p,setsar=1[two]',
      '[bars][black][one][two]concat=n=4:v=1:a=0',
    ]
    made = await picturesOf('film.mp4', 'mov', ['-filter_complex', graph.join(';'), ...x264])
  })

  test('makes a poster, thumbnails and key frames, and leaves nothing else', async () => {
    expect(made.result.warnings).toEqual([])
    expect(made.result.renditions.map(({ kind }) => kind)).toEqual(['poster', 'thumbnails', 'keyframes'])
    expect((await readdir(made.outDir)).sort()).toEqual(['keyframes', 'poster', 'thumbnails'])
    for (const { name, files } of made.result.renditions) {
      expect((await readdir(join(made.outDir, name))).sort()).toEqual(files.map(({ path }) => path).sort())
    }
  })

  test('names the frame of each cut exactly', () => {
    const cuts = made.keyframes.keyframes.filter(({ cut }) => cut).map(({ frame }) => frame)
    expect(made.keyframes.rate).toEqual({ num: 25, den: 1 })
    expect(cuts).toEqual([0, 100, 125, 225])
  })

  test('chooses a poster that is neither bars nor black, in widths up to the source', async () => {
    expect(made.keyframes.poster.frame).toBeGreaterThanOrEqual(125)
    expect(await sizeOf(join(made.outDir, 'poster', 'small.jpg'))).toEqual({ width: 320, height: 180 })
    expect(await sizeOf(join(made.outDir, 'poster', 'medium.jpg'))).toEqual({ width: 640, height: 360 })
  })

  test('puts a picture for every second into a sheet that the track names', async () => {
    const vtt = await readFile(join(made.outDir, 'thumbnails', 'thumbnails.vtt'), 'utf8')
    const cues = vtt.match(/-->/g)!.length
    expect(cues).toBeGreaterThanOrEqual(12)
    expect(await sizeOf(join(made.outDir, 'thumbnails', 'sheet-001.jpg'))).toEqual({ width: 2400, height: Math.ceil(cues / 10) * 135 })
    expect(vtt).toContain('00:00:12.000')
  })

  test('the tile of a key frame is the picture of that time', async () => {
    const bars = made.keyframes.keyframes[0]!
    const black = made.keyframes.keyframes.find(({ frame }) => frame === 100)!
    expect(await meanOfTile(made.outDir, bars)).toBeGreaterThan(60)
    expect(await meanOfTile(made.outDir, black)).toBeLessThan(10)
  })
})

async function meanOfTile(outDir: string, { sheet, x, y }: { sheet: string; x: number; y: number }): Promise<number> {
  const tile = sharp(join(outDir, 'thumbnails', sheet)).extract({ left: x, top: y, width: 240, height: 135 })
  return (await sharp(await tile.png().toBuffer()).stats()).channels[0]!.mean
}

test('an anamorphic, interlaced film has square, whole pictures in its colours', async () => {
  const args = [
    '-f',
    'lavfi',
    '-i',
    'color=c=0xc03020:s=720x576:r=25:d=1,setsar=64/45',
    '-c:v',
    'mpeg2video',
    '-q:v',
    '2',
    '-flags',
    '+ildct+ilme',
    '-top',
    '1',
  ]
  const { outDir } = await picturesOf('pal.mpg', 'mpeg', [...args, '-f', 'vob'])
  expect(await sizeOf(join(outDir, 'poster', 'large.jpg'))).toEqual({ width: 1024, height: 576 })
  const [red, green, blue] = (await sharp(join(outDir, 'poster', 'small.jpg')).stats()).channels
  expect([red!.mean, green!.mean, blue!.mean].map(Math.round)).toEqual([
    expect.closeTo(0xc0, -1),
    expect.closeTo(0x30, -1),
    expect.closeTo(0x20, -1),
  ])
})

test('a turned film has upright pictures', async () => {
  const flat = await makeClip(tools, { folder, name: 'flat.mp4', args: ['-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25:d=1', ...x264] })
  await tools.run({
    tool: 'ffmpeg',
    args: ['-i', '{in:0}', '-c', 'copy', '-metadata:s:v:0', 'rotate=90', 'turned.mp4'],
    inputs: [flat],
    outputDir: folder,
    signal: AbortSignal.timeout(30_000),
    timeoutMs: 30_000,
  })
  const outDir = join(folder, 'turned-out')
  await mkdir(outDir)
  const path = join(folder, 'turned.mp4')
  const { renditions } = await pictures(tools)(await stepInput(path, outDir, await quickTechnical(tools, path, 'mov')))
  expect(await sizeOf(join(outDir, 'poster', 'small.jpg'))).toEqual({ width: 180, height: 320 })
  expect(renditions[1]!.facts['tile']).toEqual({ width: 101, height: 180 })
})

test('a file without a picture is refused', async () => {
  const path = await makeClip(tools, { folder, name: 'tone.wav', args: ['-f', 'lavfi', '-i', 'sine=d=1'] })
  await expect(pictures(tools)(await stepInput(path, folder, await quickTechnical(tools, path, 'wav')))).rejects.toMatchObject({
    code: 'invalid',
  })
})
