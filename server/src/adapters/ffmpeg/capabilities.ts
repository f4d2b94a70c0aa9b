import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { librariesOf } from './tool-files.ts'
import type { ToolFiles } from './tool-files.ts'

const Known = z.object({
  key: z.string(),
  version: z.string(),
  legacy: z.boolean(),
  filters: z.array(z.string()),
  encoders: z.array(z.string()),
  decoders: z.array(z.string()),
  demuxers: z.array(z.string()),
  muxers: z.array(z.string()),
  bitstreamFilters: z.array(z.string()),
  libraries: z.record(z.string(), z.array(z.string())),
})
/** What is known of a pair of tools until their files change. */
export type Known = z.infer<typeof Known>

const run = promisify(execFile)

/** Asks the tools what they can do; the answer is kept in `cacheDir` and used again while path, time and size of both files stay. */
export async function knownOf(tools: ToolFiles, cacheDir: string): Promise<Known> {
  const key = await keyOf(tools)
  const file = join(cacheDir, 'ffmpeg-capabilities-1.json')
  const cached = await readFile(file, 'utf8')
    .then(
      (text) => Known.safeParse(JSON.parse(text)),
      () => null,
    )
    .catch(() => null)
  if (cached?.success && cached.data.key === key) return cached.data
  const known = { key, ...(await ask(tools)) }
  await mkdir(cacheDir, { recursive: true })
  await writeFile(`${file}.${process.pid}`, JSON.stringify(known))
  await rename(`${file}.${process.pid}`, file)
  return known
}

async function keyOf(tools: ToolFiles): Promise<string> {
  const facts = await Promise.all(
    [tools.ffmpeg, tools.ffprobe].map(async (path) => {
      const { mtimeMs, size } = await stat(path)
      return `${path} ${mtimeMs} ${size}`
    }),
  )
  return facts.join(' | ')
}

async function ask(tools: ToolFiles): Promise<Omit<Known, 'key'>> {
  const say = async (...args: string[]) =>
    (await run(tools.ffmpeg, ['-hide_banner', ...args], { timeout: 20_000, maxBuffer: 8 << 20, env: {} })).stdout
  const [banner, filters, encoders, decoders, demuxers, muxers, bitstreamFilters, ffmpegLibraries, ffprobeLibraries] = await Promise.all([
    say('-version'),
    say('-filters'),
    say('-encoders'),
    say('-decoders'),
    say('-demuxers'),
    say('-muxers'),
    say('-bsfs'),
    librariesOf(tools.ffmpeg),
    librariesOf(tools.ffprobe),
  ])
  return {
    version: /version (\S+)/.exec(banner)?.[1] ?? 'unknown',
    legacy: isLegacy(banner),
    filters: names(filters, /^ [T.][S.][C.]? +(\S+) +\S+->\S+/),
    encoders: names(encoders, /^ [VAS][F.][S.][X.][B.][D.] (\w\S*)/),
    decoders: names(decoders, /^ [VAS][F.][S.][X.][B.][D.] (\w\S*)/),
    demuxers: names(demuxers, /^ +[D ][E ]d? +(\S+)/),
    muxers: names(muxers, /^ +[D ][E ]d? +(\S+)/),
    bitstreamFilters: bitstreamFilters
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter(Boolean),
    libraries: { ffmpeg: ffmpegLibraries, ffprobe: ffprobeLibraries },
  }
}

/** A demuxer's line may name several: `mov,mp4,m4a,3gp`. */
const names = (listing: string, line: RegExp): string[] =>
  listing
    .split('\n')
    .flatMap((text) => line.exec(text)?.[1]?.split(',') ?? [])
    .filter((name) => name !== '=')

/** Everything before 4.4 (2021), told by libavutil's major and minor number since a static build has no version of its own. */
export function isLegacy(banner: string): boolean {
  const [, major, minor] = /libavutil\s+(\d+)\.\s*(\d+)/.exec(banner) ?? []
  return Number(major) < 56 || (Number(major) === 56 && Number(minor) < 70)
}
