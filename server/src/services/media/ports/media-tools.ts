/**
 * `node` runs a module of our own, named by the first of `args` as an absolute path: it sees our sources and packages read-only, perl, fonts
 * and LibreOffice where they are installed, and is held to less time and memory than an encoder.
 */
export type ToolName = 'ffmpeg' | 'ffprobe' | 'node'

export type ToolRun = {
  tool: ToolName
  /** What follows the tool's own name. An input is named by `inputRef(n)`, an output by its path relative to `outputDir`. */
  args: readonly string[]
  /** Absolute paths it may read (files, or folders with what is below); nothing else is visible. */
  inputs: readonly string[]
  /** The only folder it may write; its working directory. */
  outputDir: string | null
  signal: AbortSignal
  timeoutMs: number
  onProgress?: (progress: ToolProgress) => void
  /** Raw data as it comes; without it stdout is collected, up to 64 MiB. */
  onStdout?: (chunk: Buffer) => void
}

/** `outTimeUs` is media time in microseconds, `speed` a multiple of real time; null where ffmpeg does not know. */
export type ToolProgress = { outTimeUs: number | null; frame: number | null; speed: number | null }

/** `stderrTail` holds the last 64 KiB of what the tool said. */
export type ToolResult = { stdout: Buffer; stderrTail: string }

export type SandboxMode = 'bubblewrap' | 'namespaces' | 'none'

export type Capabilities = Readonly<{
  /** As the tool names itself: `5.1.9-0+deb12u1`. */
  version: string
  ffmpegPath: string
  ffprobePath: string
  filters: ReadonlySet<string>
  encoders: ReadonlySet<string>
  decoders: ReadonlySet<string>
  demuxers: ReadonlySet<string>
  muxers: ReadonlySet<string>
  bitstreamFilters: ReadonlySet<string>
  /** `reason` says in a sentence why children run without namespaces. */
  sandbox: Readonly<{ mode: SandboxMode; namespaces: boolean; reason: string | null }>
  /** The build of 2018: eight years of fixes are missing; it serves loopback use only. */
  legacy: boolean
}>

/**
 * Runs ffmpeg, ffprobe and decoders of our own on hostile files: no network, only `inputs` and `outputDir` visible, an empty environment, limits on memory,
 * processor time, file size and processes; a child never outlives this process. Sources keep neutral names inside.
 */
export interface MediaTools {
  readonly capabilities: Capabilities
  /**
   * Resolves when the tool ended with exit code 0; after a rejection no process of the run is left.
   * Rejects with CapstanError: `invalid` (the input's fault), `timeout`, `no_space`, `internal` (`details.reason` is `aborted` after the
   * signal); `details` carries `stderrTail` and `exitCode` or `signal`.
   */
  run(run: ToolRun): Promise<ToolResult>
}

export { inputArgs, inputRef } from '../domain/tool-input.ts'
