import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { CapstanError } from '../../../../lib/errors.ts'
import { DecoderAnswer, type Decoded, type DecoderJob } from './protocol.ts'

const MEMORY_BYTES_MAX = 3 * 1024 ** 3
const HEAP_MIB_MAX = 1024
const FILE_BYTES_MAX = 512 * 1024 ** 2
const CPU_SECONDS_MAX = 120
const DECODE_LIMIT_MS = 180_000
const ANSWER_BYTES_MAX = 4 * 1024 ** 2
const STDERR_BYTES_MAX = 16 * 1024

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

const find = (tool: string) => ['/usr/bin', '/bin', '/usr/local/bin'].map((folder) => `${folder}/${tool}`).find((path) => existsSync(path))

/** The kernel holds its memory, processor time and file size; no network where there are namespaces; it dies with us. */
function launcher(namespaces: boolean): string[] {
  const tool = (name: string, args: string[]) => {
    const path = find(name)
    return path === undefined ? [] : [path, ...args, '--']
  }
  return [
    ...tool('prlimit', [`--data=${MEMORY_BYTES_MAX}`, `--cpu=${CPU_SECONDS_MAX}`, `--fsize=${FILE_BYTES_MAX}`, '--core=0']),
    ...(namespaces ? tool('unshare', ['--user', '--net', '--ipc']) : []),
    // Last, because a new user namespace clears the signal that ends a child with its parent.
    ...tool('setpriv', ['--pdeathsig', 'KILL', '--no-new-privs']),
  ]
}

export type DecoderSettings = { signal: AbortSignal; namespaces: boolean }

/**
 * Decodes a hostile picture or document in a process of its own, so that a crash of a decoder is an error of the job. Rejects with
 * `invalid`, `unsupported`, `too_large`, `no_space`, `timeout` or `internal` (`details.reason` is `aborted` after the signal).
 */
export async function runDecoder(job: DecoderJob, { signal, namespaces }: DecoderSettings): Promise<Decoded> {
  if (signal.aborted) throw stoppedBySignal()
  const [command, ...args] = [
    ...launcher(namespaces),
    process.execPath,
    `--max-old-space-size=${HEAP_MIB_MAX}`,
    '--disable-warning=ExperimentalWarning',
    MAIN,
  ]
  const child = spawn(command, args, {
    cwd: job.outDir,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: job.outDir, TMPDIR: job.outDir, VIPS_CONCURRENCY: '2' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = await outcomeOf(child, job, signal)
  const answer = parseAnswer(ended.stdout)
  if (ended.stopped !== null) throw ended.stopped
  if (answer === null) throw crashed(ended)
  if (!answer.ok) throw new CapstanError(answer.code, answer.message)
  return answer
}

const stoppedBySignal = () => new CapstanError('internal', 'the decoder was stopped', { details: { reason: 'aborted' } })

type Ended = { stdout: string; stderr: string; exitCode: number | null; signal: string | null; stopped: CapstanError | null }

function outcomeOf(child: ChildProcessByStdio<Writable, Readable, Readable>, job: DecoderJob, signal: AbortSignal): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  let stdout = ''
  let stderr = ''
  let stopped: CapstanError | null = null
  const stop = (reason: CapstanError) => {
    stopped ??= reason
    killGroup(child.pid)
  }
  const onAbort = () => stop(stoppedBySignal())
  const timer = setTimeout(
    () => stop(new CapstanError('timeout', `decoding took longer than ${DECODE_LIMIT_MS / 1000} s`)),
    DECODE_LIMIT_MS,
  )
  signal.addEventListener('abort', onAbort, { once: true })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (stdout.length > ANSWER_BYTES_MAX) stop(new CapstanError('internal', 'the decoder said too much'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_BYTES_MAX)))
  child.on('error', (cause) => stop(new CapstanError('internal', 'the decoder could not be started', { cause })))
  child.on('close', (exitCode, killedBy) => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    // Its own children (exiftool's perl) go with it.
    killGroup(child.pid)
    resolve({ stdout, stderr, exitCode, signal: killedBy, stopped })
  })
  // A child that dies before it has read its job is told by 'close'.
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(job))
  return promise
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function parseAnswer(stdout: string): DecoderAnswer | null {
  try {
    return DecoderAnswer.parse(JSON.parse(stdout))
  } catch {
    return null
  }
}

/** A decoder that ended without an answer broke on its input: the limits of memory and time end it so. */
const crashed = ({ exitCode, signal, stderr }: Ended): CapstanError =>
  new CapstanError(
    'invalid',
    signal === 'SIGXCPU' || signal === 'SIGKILL'
      ? 'decoding needs more processor time or memory than is allowed'
      : 'the decoder broke on this file',
    {
      details: { exitCode, signal, stderrTail: stderr },
    },
  )
