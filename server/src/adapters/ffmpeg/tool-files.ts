import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, chmod, copyFile, mkdir, open, realpath, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CapstanError } from '../../lib/errors.ts'

export type ToolFiles = { ffmpeg: string; ffprobe: string }

const require = createRequire(import.meta.url)
const run = promisify(execFile)

/** The first executable of that name in a PATH-like list, or null. */
export async function findOnPath(name: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const file = join(folder, name)
    if (await isExecutable(file)) return file
  }
  return null
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )

/**
 * ffmpeg and the ffprobe beside it: the configured one, the system's, or the static pair from npm, in this order.
 * `cacheDir` takes a runnable copy where the installed file lacks the run bit. `unavailable` says what to install.
 */
export async function resolveTools(options: { ffmpegPath: string | null; searchPath: string; cacheDir: string }): Promise<ToolFiles> {
  if (options.ffmpegPath) return pairOf(options.ffmpegPath, options.searchPath)
  const system = await findOnPath('ffmpeg', options.searchPath)
  if (system) return pairOf(system, options.searchPath)
  try {
    const folder = (tool: string) => dirname(require.resolve(`@${tool}-installer/linux-x64/package.json`))
    const ffmpeg = await runnable(join(folder('ffmpeg'), 'ffmpeg'), options.cacheDir)
    const ffprobe = await runnable(join(folder('ffprobe'), 'ffprobe'), options.cacheDir)
    return { ffmpeg, ffprobe }
  } catch (cause) {
    throw new CapstanError('unavailable', 'no ffmpeg was found: install ffmpeg or set FFMPEG_PATH to its file', { cause })
  }
}

async function pairOf(ffmpeg: string, searchPath: string): Promise<ToolFiles> {
  if (!(await isExecutable(ffmpeg))) throw new CapstanError('unavailable', `FFMPEG_PATH is no program that can be run: ${ffmpeg}`)
  const beside = [dirname(ffmpeg), dirname(await realpath(ffmpeg)), searchPath].join(delimiter)
  const ffprobe = await findOnPath('ffprobe', beside)
  if (!ffprobe) throw new CapstanError('unavailable', `there is no ffprobe beside ${ffmpeg}`)
  return { ffmpeg: await realpath(ffmpeg), ffprobe: await realpath(ffprobe) }
}

/** npm with --ignore-scripts leaves the run bit off, and the folder may belong to somebody else: then a copy of our own. */
async function runnable(file: string, cacheDir: string): Promise<string> {
  if (await isExecutable(file)) return file
  await chmod(file, 0o755).catch(() => {})
  if (await isExecutable(file)) return file
  const facts = await stat(file)
  const copy = join(cacheDir, `ffprobe-${facts.size}-${Math.round(facts.mtimeMs)}`)
  if (await isExecutable(copy)) return copy
  await mkdir(cacheDir, { recursive: true })
  await copyFile(file, `${copy}.${process.pid}`)
  await chmod(`${copy}.${process.pid}`, 0o755)
  await rename(`${copy}.${process.pid}`, copy)
  return copy
}

/** What a program needs in sight to start: nothing when static, its library folders when not, the system's programs when it is a script. */
export async function librariesOf(tool: string): Promise<string[]> {
  const system = ['/etc/ld.so.cache', '/etc/alternatives']
  if (await isScript(tool)) return existing(['/usr', '/bin', '/lib', '/lib64', ...system, dirname(tool)])
  const listed = await run('ldd', [tool], { timeout: 10_000, maxBuffer: 4 << 20 }).then(
    ({ stdout }) => stdout,
    () => '',
  )
  const files = [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string)
  if (files.length === 0) return []
  const folders = [...new Set(files.map((file) => dirname(file)))].sort()
  const outermost = folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)))
  return existing([...outermost, ...system])
}

async function isScript(tool: string): Promise<boolean> {
  const handle = await open(tool)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === '#!'
  } finally {
    await handle.close()
  }
}

/** Those of some paths that are there. */
export async function existing(paths: string[]): Promise<string[]> {
  const there = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return paths.filter((_, index) => there[index])
}
