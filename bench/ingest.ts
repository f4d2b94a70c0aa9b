import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { RenditionView } from '@capstan/contract/assets'
import { urlOf } from '@capstan/contract/client'
import { openMediaTools } from '../server/src/adapters/ffmpeg/media-tools.ts'
import { Upload } from 'tus-js-client'
import { createReadStream, statSync } from 'node:fs'
import { median, rounded, type Bench } from './figures.ts'
import { startPlatform, type BenchPlatform } from './platform.ts'

/** One of each command: `thumbnails` stands for all pictures. */
const RENDITIONS_BY_HAND = ['proxy', 'hls', 'thumbnails', 'waveform'] as const
const RUN_MS_MAX = 30 * 60_000

/**
 * The main job against the same ffmpeg commands by hand: a generated 1080p clip, from the first byte of the upload to the end of the run, over
 * the time that the very commands of its renditions take one after the other.
 */
export const run: Bench = async ({ quick, folder }) => {
  const tools = await openMediaTools({
    ffmpegPath: process.env['FFMPEG_PATH'] ?? null,
    searchPath: process.env['PATH'] ?? '',
    workDir: join(folder, 'tools'),
  })
  const ffmpeg = tools.capabilities.ffmpegPath
  const long = makeClip(ffmpeg, join(folder, 'long.mp4'), quick ? 10 : 300)
  const short = makeClip(ffmpeg, join(folder, 'short.mp4'), 2)
  const platform = await startPlatform(join(folder, 'data'))
  try {
    const rounds = quick ? 1 : 3
    const ours: number[] = []
    const plain: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { seconds, renditions } = await ingest(platform, long)
      ours.push(seconds)
      plain.push(byHand(ffmpeg, renditions, long, join(folder, 'by-hand')))
    }
    const shortRun = await ingest(platform, short)
    const shortPlain = byHand(ffmpeg, shortRun.renditions, short, join(folder, 'by-hand'))
    return {
      figures: [
        {
          name: 'ingest_ratio_to_plain_ffmpeg',
          value: rounded(median(ours) / median(plain), 3),
          unit: 'times',
          goal: 1.05,
          better: 'lower',
        },
        { name: 'ingest_seconds', value: rounded(median(ours)), unit: 's', goal: null, better: 'lower' },
        { name: 'ingest_plain_ffmpeg_seconds', value: rounded(median(plain)), unit: 's', goal: null, better: 'lower' },
        { name: 'ingest_short_clip_on_top_s', value: rounded(shortRun.seconds - shortPlain), unit: 's', goal: 1.5, better: 'lower' },
      ],
    }
  } finally {
    await platform.stop()
  }
}

function makeClip(ffmpeg: string, path: string, seconds: number): string {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=1920x1080:rate=25:duration=${seconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`]
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest']
  execFileSync(ffmpeg, ['-v', 'error', '-y', ...picture, ...sound, ...encode, path], { stdio: 'ignore' })
  return path
}

async function ingest({ url, token, client }: BenchPlatform, path: string): Promise<{ seconds: number; renditions: RenditionView[] }> {
  const startedMs = performance.now()
  const name = `bench-${startedMs}.mp4`
  await upload(`${url}/api/v1/uploads`, token, path, name)
  for (;;) {
    const { items } = await client(api.assets.list, { query: { limit: 1 } })
    const [newest] = items
    if (newest?.name === name && newest.work && newest.work.status !== 'running') {
      const seconds = (performance.now() - startedMs) / 1_000
      if (newest.work.status !== 'completed') throw new Error(`the run ${newest.work.status}`)
      return { seconds, renditions: (await client(api.assets.renditions, { params: { id: newest.id } })).items }
    }
    if (performance.now() - startedMs > RUN_MS_MAX) throw new Error('the run did not end')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const upload = (endpoint: string, token: string, path: string, filename: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = {
      endpoint,
      headers: { authorization: `Bearer ${token}` },
      metadata: { filename },
      uploadSize: statSync(path).size,
      onSuccess: () => resolve(),
      onError: reject,
    }
    new Upload(createReadStream(path), options).start()
  })

/** The commands that the platform itself recorded as provenance, run again without it, in the same order. */
function byHand(ffmpeg: string, renditions: readonly RenditionView[], source: string, folder: string): number {
  const commands = RENDITIONS_BY_HAND.flatMap((kind) => renditions.filter((rendition) => rendition.kind === kind).slice(0, 1)).flatMap(
    ({ kind, provenance }) => {
      const command = provenance.settings['command']
      if (!Array.isArray(command)) throw new Error(`the rendition ${kind} does not say its command; ${urlOf(api.renditions.list)}`)
      return [{ kind, command: (command as string[]).slice(1) }]
    },
  )
  const startedMs = performance.now()
  for (const { kind, command } of commands) {
    const cwd = join(folder, kind)
    rmSync(cwd, { recursive: true, force: true })
    mkdirSync(cwd, { recursive: true })
    const input = kind === 'hls' ? join(folder, 'proxy', 'proxy.mp4') : source
    execFileSync(
      ffmpeg,
      command.map((word) => word.replaceAll('{in:0}', input)),
      { cwd, stdio: ['ignore', 'ignore', 'ignore'], maxBuffer: 2 ** 30 },
    )
  }
  return (performance.now() - startedMs) / 1_000
}
