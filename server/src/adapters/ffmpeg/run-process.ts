import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { CapstanError } from '../../lib/errors.ts'
import type { ToolName, ToolProgress, ToolResult } from '../../services/media/ports/media-tools.ts'
import { progressReader } from './progress.ts'
import type { SandboxCommand } from './sandbox.ts'
import { toolFailure } from './tool-failure.ts'

const STDOUT_BYTES_MAX = 64 << 20
const STDERR_BYTES_MAX = 64 << 10
const GONE_MS_MAX = 10_000

/** All that a child sees of our environment. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1', MALLOC_ARENA_MAX: '4' }
/** Names on disk are UTF-8 for Node and perl; what they lay aside goes where they may write. */
const NODE_ENVIRONMENT = { ...ENVIRONMENT, LC_ALL: 'C.UTF-8', HOME: '.', TMPDIR: '.', VIPS_CONCURRENCY: '2' }

export type ProcessRun = {
  tool: ToolName
  command: SandboxCommand
  cwd: string
  signal: AbortSignal
  timeoutMs: number
  onProgress?: ((progress: ToolProgress) => void) | undefined
  onStdout?: ((chunk: Buffer) => void) | undefined
}

/** Runs one child to its end; on abort, time-out or too much output its whole process group is killed and awaited. */
export async function runProcess(run: ProcessRun): Promise<ToolResult> {
  if (run.signal.aborted) throw aborted(run)
  const { file, args } = run.command
  const child = spawn(file, args, {
    cwd: run.cwd,
    env: run.tool === 'node' ? NODE_ENVIRONMENT : ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', run.onProgress ? 'pipe' : 'ignore'],
  })
  const ended = endOf(child, run.tool)
  const stopped: CapstanError[] = []
  const stop = (error: CapstanError) => {
    stopped.push(error)
    killGroup(child)
  }
  const stdout = collectStdout(child, run, stop)
  const stderr = tailOf(child.stderr as Readable)
  if (run.onProgress) (child.stdio[3] as Readable).on('data', progressReader(run.onProgress))
  const onAbort = () => stop(aborted(run))
  run.signal.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => stop(new CapstanError('timeout', `${run.tool} ran longer than ${run.timeoutMs} ms`)), run.timeoutMs)
  try {
    const { exitCode, signal } = await ended
    if (stopped[0]) throw stopped[0]
    if (exitCode !== 0) throw toolFailure({ tool: run.tool, exitCode, signal, stderrTail: stderr() })
    return { stdout: stdout(), stderrTail: stderr() }
  } finally {
    clearTimeout(timer)
    // What the child has started goes with it, also where no process namespace sees to that.
    killGroup(child)
    run.signal.removeEventListener('abort', onAbort)
  }
}

const aborted = (run: ProcessRun) =>
  new CapstanError('internal', `${run.tool} was stopped`, { details: { reason: 'aborted' }, cause: run.signal.reason })

/** Resolves once every process that holds the child's pipes is gone. */
function endOf(child: ChildProcess, tool: ToolName): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new CapstanError('unavailable', `${tool} could not be started`, { cause })))
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    child.once('exit', (exitCode, signal) => setTimeout(() => resolve({ exitCode, signal }), GONE_MS_MAX).unref())
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is gone, or the child never led one.
    child.kill('SIGKILL')
  }
}

function collectStdout(child: ChildProcess, run: ProcessRun, stop: (error: CapstanError) => void): () => Buffer {
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    if (run.onStdout) return guarded(() => run.onStdout?.(chunk), stop)
    bytes += chunk.length
    if (bytes > STDOUT_BYTES_MAX)
      return stop(new CapstanError('internal', `${run.tool} wrote more than ${STDOUT_BYTES_MAX} bytes to its output`))
    chunks.push(chunk)
  })
  return () => Buffer.concat(chunks)
}

function guarded(action: () => void, stop: (error: CapstanError) => void): void {
  try {
    action()
  } catch (thrown) {
    stop(thrown instanceof CapstanError ? thrown : new CapstanError('internal', String(thrown), { cause: thrown }))
  }
}

function tailOf(stream: Readable): () => string {
  let tail = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk])
    if (tail.length > STDERR_BYTES_MAX * 2) tail = tail.subarray(-STDERR_BYTES_MAX)
  })
  return () => tail.subarray(-STDERR_BYTES_MAX).toString('utf8')
}
