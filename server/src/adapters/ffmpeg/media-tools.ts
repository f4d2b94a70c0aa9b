import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'
import type { Capabilities, MediaTools, SandboxMode, ToolName, ToolResult, ToolRun } from '../../services/media/ports/media-tools.ts'
import { knownOf } from './capabilities.ts'
import { giveTo, guestOf, OURSELVES } from './guest.ts'
import type { InputFacts, Owner } from './guest.ts'
import { runProcess } from './run-process.ts'
import { sandboxCommand } from './sandbox.ts'
import type { Guest, Limits, SandboxPaths } from './sandbox.ts'
import { nodeView } from './node-view.ts'
import { findOnPath, resolveTools } from './tool-files.ts'

const GIB = 2 ** 30
const NODE_HEAP_MIB_MAX = 1_024

export type MediaToolsOptions = {
  /** FFMPEG_PATH; null for the system's, else the pair from npm. */
  ffmpegPath: string | null
  /** PATH. */
  searchPath: string
  /** Small, survives restarts: what was learnt of the tools, and mount points. */
  workDir: string
  limits?: Partial<Limits>
  /** Tests ask for one; by default the strongest that works here. */
  sandbox?: SandboxMode
}

/** Finds the tools, learns what they can do (kept for the next start) and tries the sandbox. `unavailable` when no ffmpeg runs. */
export async function openMediaTools(options: MediaToolsOptions): Promise<MediaTools> {
  const workDir = resolve(options.workDir)
  await mkdir(join(workDir, 'root'), { recursive: true })
  const files = await resolveTools({ ffmpegPath: options.ffmpegPath, searchPath: options.searchPath, cacheDir: workDir })
  const [known, paths] = await Promise.all([knownOf(files, workDir), sandboxPaths(options.searchPath)])
  const libraries = {
    ffmpeg: await withFolders(known.libraries['ffmpeg'] ?? []),
    ffprobe: await withFolders(known.libraries['ffprobe'] ?? []),
    node: await withFolders(await nodeView(options.searchPath)),
  }
  const limits = limitsOf(options.limits)
  const runner = new ToolRunner({ files: { ...files, node: process.execPath }, libraries, paths, workDir, limits })
  const sandbox = await chooseSandbox(runner, paths, options.sandbox)
  const set = (values: string[]): ReadonlySet<string> => new Set(values)
  const capabilities: Capabilities = {
    version: known.version,
    ffmpegPath: files.ffmpeg,
    ffprobePath: files.ffprobe,
    filters: set(known.filters),
    encoders: set(known.encoders),
    decoders: set(known.decoders),
    demuxers: set(known.demuxers),
    muxers: set(known.muxers),
    bitstreamFilters: set(known.bitstreamFilters),
    sandbox,
    legacy: known.legacy,
  }
  return { capabilities, run: (run) => runner.run(run, sandbox.mode) }
}

/** The address space grows with the threads that ffmpeg starts, one or two a core. */
function limitsOf(wanted: Partial<Limits> = {}): Record<ToolName, Limits> {
  const encoder: Limits = {
    addressSpaceBytes: 4 * GIB + availableParallelism() * (GIB / 2),
    dataBytes: null,
    cpuSeconds: 48 * 3600,
    fileSizeBytes: 512 * GIB,
    processes: 2_048,
    openFiles: 256,
    ...wanted,
  }
  const decoder: Limits = {
    addressSpaceBytes: null,
    dataBytes: 3 * GIB,
    cpuSeconds: 120,
    fileSizeBytes: GIB / 2,
    processes: 2_048,
    openFiles: 1_024,
    ...wanted,
  }
  return { ffmpeg: encoder, ffprobe: encoder, node: decoder }
}

async function sandboxPaths(searchPath: string): Promise<SandboxPaths> {
  const path = `${searchPath}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`
  const find = (name: string) => findOnPath(name, path)
  const [setpriv, prlimit, unshare, mount, bwrap, shell] = await Promise.all(
    ['setpriv', 'prlimit', 'unshare', 'mount', 'bwrap', 'sh'].map(find),
  )
  return {
    setpriv: setpriv ?? null,
    prlimit: prlimit ?? null,
    unshare: unshare ?? null,
    mount: mount ?? null,
    bwrap: bwrap ?? null,
    shell: shell ?? '/bin/sh',
  }
}

/** The strongest that starts every tool here. */
async function chooseSandbox(runner: ToolRunner, paths: SandboxPaths, wanted?: SandboxMode): Promise<Capabilities['sandbox']> {
  const possible: SandboxMode[] = wanted ? [wanted] : ['bubblewrap', 'namespaces', 'none']
  const has = { bubblewrap: paths.bwrap, namespaces: paths.unshare && paths.mount, none: true }
  let reason = 'bubblewrap or unshare and mount (util-linux) are not installed'
  for (const mode of possible.filter((candidate) => has[candidate])) {
    const failure = await runner.tryOut(mode)
    if (failure === null) return { mode, namespaces: mode !== 'none', reason: mode === 'none' ? reason : null }
    reason = `the kernel or this container gives no namespaces: ${failure.message}`
    if (mode === 'none' || wanted)
      throw new CapstanError('unavailable', `the media tools do not start here: ${failure.message}`, { cause: failure })
  }
  throw new CapstanError('unavailable', reason)
}

const withFolders = (paths: string[]) => Promise.all(paths.map(async (path) => ({ path, folder: (await stat(path)).isDirectory() })))

type Bound = readonly { path: string; folder: boolean }[]
type RunnerOptions = {
  files: Record<ToolName, string>
  libraries: Record<ToolName, Bound>
  paths: SandboxPaths
  workDir: string
  limits: Record<ToolName, Limits>
}

type View = { mode: SandboxMode; inputs: readonly InputFacts[]; guest: Guest | null; nameOf: (index: number) => string }

class ToolRunner {
  readonly #options: RunnerOptions
  /** Runs at work in each output folder that belongs to another user meanwhile. */
  readonly #lent = new Map<string, number>()

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  async run(run: ToolRun, mode: SandboxMode): Promise<ToolResult> {
    const inputs = await Promise.all(run.inputs.map(checkedInput))
    const guest = mode === 'none' ? null : guestOf(inputs)
    const release = await this.#lend(run.outputDir, guest?.owner ?? null)
    try {
      return mode === 'none'
        ? await this.#withLinks(run.inputs, (links) =>
            this.#start(run, { mode, inputs, guest, nameOf: (index) => join(links, String(index)) }),
          )
        : await this.#start(run, { mode, inputs, guest, nameOf: (index) => `/in/${index}` })
    } finally {
      await release()
    }
  }

  #start(run: ToolRun, { mode, inputs, guest, nameOf }: View): Promise<ToolResult> {
    const { files, libraries, paths, workDir, limits } = this.#options
    const { tool, outputDir, signal, timeoutMs, onProgress, onStdout } = run
    const rootDir = join(workDir, 'root')
    const command = sandboxCommand({
      mode,
      paths,
      rootDir,
      tool: files[tool],
      libraries: libraries[tool],
      inputs,
      guest,
      outputDir,
      args: withNames([...preamble(run), ...run.args], nameOf),
      limits: limits[tool],
    })
    return runProcess({ tool, command, cwd: outputDir ?? rootDir, signal, timeoutMs, onProgress, onStdout })
  }

  /** For as long as runs for another user write there, the output folder belongs to that user; answers how to end that. */
  async #lend(outputDir: string | null, owner: Owner | null): Promise<() => Promise<void>> {
    if (outputDir === null || owner === null) return async () => {}
    const runs = this.#lent.get(outputDir) ?? 0
    this.#lent.set(outputDir, runs + 1)
    await giveTo(outputDir, owner)
    return async () => {
      const left = (this.#lent.get(outputDir) ?? 1) - 1
      if (left > 0) return void this.#lent.set(outputDir, left)
      this.#lent.delete(outputDir)
      await giveTo(outputDir, OURSELVES)
    }
  }

  async tryOut(mode: SandboxMode): Promise<Error | null> {
    const signal = AbortSignal.timeout(20_000)
    try {
      for (const [tool, question] of [
        ['ffmpeg', '-version'],
        ['ffprobe', '-version'],
        ['node', '--version'],
      ] as const)
        await this.run({ tool, args: [question], inputs: [], outputDir: null, signal, timeoutMs: 20_000 }, mode)
      return null
    } catch (thrown) {
      return thrown as Error
    }
  }

  /** Without namespaces the neutral names are links. */
  async #withLinks<T>(inputs: readonly string[], use: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(this.#options.workDir, 'in-'))
    try {
      await Promise.all(inputs.map((path, index) => symlink(path, join(folder, String(index)))))
      return await use(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function preamble({ tool, onProgress }: ToolRun): string[] {
  if (tool === 'node') return [`--max-old-space-size=${NODE_HEAP_MIB_MAX}`, '--disable-warning=ExperimentalWarning']
  if (tool === 'ffprobe') return ['-hide_banner', '-loglevel', 'warning']
  return ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning', '-y', ...(onProgress ? ['-progress', 'pipe:3'] : [])]
}

const withNames = (args: readonly string[], name: (index: number) => string): string[] =>
  args.map((arg) => arg.replace(/\{in:(\d+)\}/g, (_, index: string) => name(Number(index))))

async function checkedInput(path: string): Promise<InputFacts> {
  if (!isAbsolute(path)) throw new CapstanError('internal', 'an input of a tool must be an absolute path', { details: { path } })
  const facts = await stat(path).catch((cause: unknown) => {
    throw new CapstanError('not_found', 'the source file is missing or may not be read', { cause })
  })
  if (!facts.isFile() && !facts.isDirectory()) throw new CapstanError('invalid', 'the source is no regular file')
  return { path, folder: facts.isDirectory(), uid: facts.uid, gid: facts.gid, mode: facts.mode }
}
