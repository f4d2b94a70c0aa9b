import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CapstanError, toCapstanError } from '../../../../lib/errors.ts'
import { inputRef, type MediaTools } from '../../ports/media-tools.ts'
import { DecoderAnswer, type Decoded, type DecoderJob } from './protocol.ts'

const DECODE_LIMIT_MS: Record<DecoderJob['task'], number> = { image: 180_000, document: 180_000, facts: 20_000 }

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

export type DecoderRun = { task: DecoderJob['task']; source: { path: string; name: string }; outDir: string | null; signal: AbortSignal }

/**
 * Decodes a hostile picture or document in a sandboxed process of its own, so that a crash of a decoder is an error of the job. Rejects with
 * `invalid`, `unsupported`, `too_large`, `no_space`, `timeout` or `internal` (`details.reason` is `aborted` after the signal).
 */
export async function runDecoder(tools: MediaTools, { task, source, outDir, signal }: DecoderRun): Promise<Decoded> {
  const job: DecoderJob = { task, path: inputRef(0), extension: extensionOf(source.name) }
  const { stdout, stderrTail } = await tools
    .run({
      tool: 'node',
      args: [MAIN, JSON.stringify(job)],
      inputs: [source.path],
      outputDir: outDir,
      signal,
      timeoutMs: DECODE_LIMIT_MS[task],
    })
    .catch((thrown: unknown) => refuse(thrown))
  const answer = parseAnswer(stdout.toString('utf8'))
  if (answer === null) throw new CapstanError('invalid', 'the decoder broke on this file', { details: { stderrTail } })
  if (!answer.ok) throw new CapstanError(answer.code, answer.message)
  return answer
}

/** All that a decoder learns of the name: `.docx`. */
const extensionOf = (name: string): string =>
  extname(name)
    .toLowerCase()
    .replace(/[^.a-z0-9]/g, '')

function parseAnswer(stdout: string): DecoderAnswer | null {
  try {
    return DecoderAnswer.parse(JSON.parse(stdout))
  } catch {
    return null
  }
}

/** A decoder that ended without an answer broke on its input: the limits of memory and time end it so, and would again. */
function refuse(thrown: unknown): never {
  const error = toCapstanError(thrown)
  const { signal } = error.details
  if (signal === 'SIGXCPU' || signal === 'SIGKILL')
    throw new CapstanError('invalid', 'decoding needs more processor time or memory than is allowed', {
      details: error.details,
      cause: error,
    })
  if (error.code !== 'invalid') throw error
  throw new CapstanError('invalid', 'the decoder broke on this file', { details: error.details, cause: error })
}
