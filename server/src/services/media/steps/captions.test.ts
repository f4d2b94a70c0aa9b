import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Technical } from '@capstan/contract/technical'
import { inputRef, type MediaTools } from '../ports/media-tools.ts'
import { captions } from './captions.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'
import { probe } from './probe.ts'
import { reviewCopies } from './review-copies.fixture.ts'

const SUBRIP = `1
00:00:01,000 --> 00:00:01,500
<i>Hello</i> <script>alert(1)</script>

2
00:00:01,600 --> 00:00:01,900
{\\an8}A & B
second line
`

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
  await writeFile(join(folder, 'a.srt'), SUBRIP)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Two seconds of picture and sound with captions; the sound begins `earlyMs` before the picture. */
async function captioned(name: string, codecs: readonly string[], extra: readonly string[] = []): Promise<string> {
  const maps = ['-map', '0:v', '-map', '1:a', ...codecs.flatMap(() => ['-map', '2:s'])]
  const coded = codecs.flatMap((codec, index) => [`-c:s:${index}`, codec])
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=25:duration=2', '-f', 'lavfi', '-i', 'sine=duration=2'],
      ...['-f', 'srt', '-i', inputRef(0), ...maps, '-c:v', 'mpeg4', '-c:a', 'pcm_s16le', ...coded, ...extra, name],
    ],
    inputs: [join(folder, 'a.srt')],
    outputDir: folder,
    signal: AbortSignal.timeout(30_000),
    timeoutMs: 30_000,
  })
  return join(folder, name)
}

async function probed(path: string): Promise<{ technical: Technical; outDir: string }> {
  const outDir = `${path}-out`
  await mkdir(outDir)
  const { output } = await probe(tools)(await stepInput(path, outDir, null))
  return { technical: output?.['technical'] as Technical, outDir }
}

const EXPECTED = `WEBVTT

00:00:01.000 --> 00:00:01.500
<i>Hello</i> alert(1)

00:00:01.600 --> 00:00:01.900
A &amp; B
second line
`

test('SubRip, ASS and WebVTT in Matroska become WebVTT tracks, and HLS lists them', async () => {
  const marks = ['-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'title=Chorus', '-disposition:s:2', 'forced']
  const path = await captioned('three.mkv', ['subrip', 'ass', 'webvtt'], marks)
  const { technical, outDir } = await probed(path)
  const made = await reviewCopies(tools)(await stepInput(path, outDir, technical))
  const tracks = made.renditions.filter(({ kind }) => kind === 'captions')
  expect(tracks.map(({ name, mainFile, facts }) => ({ name, mainFile, facts }))).toEqual([
    { name: 'captions-2', mainFile: 'captions.vtt', facts: { language: 'eng', label: 'eng', forced: false, source: 'subrip', cues: 2 } },
    { name: 'captions-3', mainFile: 'captions.vtt', facts: { language: null, label: 'Chorus', forced: false, source: 'ass', cues: 2 } },
    {
      name: 'captions-4',
      mainFile: 'captions.vtt',
      facts: { language: null, label: 'Captions 3 (forced)', forced: true, source: 'webvtt', cues: 2 },
    },
  ])
  for (const { name } of tracks) expect(await readFile(join(outDir, name, 'captions.vtt'), 'utf8')).toBe(EXPECTED)
  const master = await readFile(join(outDir, 'hls', 'hls', 'master.m3u8'), 'utf8')
  expect(master.match(/TYPE=SUBTITLES/g)).toHaveLength(3)
  expect(master).toContain('SUBTITLES="captions"')
  expect(await readFile(join(outDir, 'hls', 'hls', 'captions-0.m3u8'), 'utf8')).toMatch(
    /#EXTINF:2\.0+,\ncaptions-0\.webvtt\n#EXT-X-ENDLIST/,
  )
  expect(await readdir(outDir)).not.toContain('reading-captions')
})

test('captions keep to the first frame where the sound begins before it', async () => {
  const late = ['-filter:v', 'setpts=PTS+0.4/TB', '-vsync', 'passthrough']
  const path = await captioned('late.mov', ['mov_text'], late)
  const { technical, outDir } = await probed(path)
  const startMs = ((technical.video[0]?.startUs ?? 0) - technical.format.startUs) / 1_000
  const made = await captions(tools)(await stepInput(path, outDir, technical))
  const text = await readFile(join(outDir, made.renditions[0]?.name ?? '', 'captions.vtt'), 'utf8')
  expect(startMs).toBeCloseTo(400, -1)
  expect(text).toContain(`00:00:00.${String(1_000 - Math.round(startMs)).padStart(3, '0')} -->`)
})

test('captions that cannot be read are a warning, and pictures of text are left alone', async () => {
  const path = await captioned('broken.mkv', ['subrip'])
  const { technical, outDir } = await probed(path)
  const [track] = technical.text
  const stranger = {
    ...technical,
    text: [...technical.text, { ...track!, index: 9 }, { ...track!, index: 10, codec: 'hdmv_pgs_subtitle' }],
  }
  const made = await captions(tools)(await stepInput(path, outDir, stranger))
  expect(made.renditions.map(({ name }) => name)).toEqual(['captions-2'])
  expect(made.warnings).toEqual([expect.stringMatching(/^the captions of stream 9 \(subrip\) could not be read/)])
})
