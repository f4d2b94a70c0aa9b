import { toCapstanError } from '../../../../lib/errors.ts'
import type { Decoded, DecoderAnswer, DecoderJob, DecoderTask } from './protocol.ts'

/** Each loads only its own decoders: WebAssembly costs its start. */
const TASKS: Record<DecoderJob['task'], (task: DecoderTask) => Promise<Decoded>> = {
  image: async (task) => (await import('./image.ts')).decodeImage(task),
  document: async (task) => (await import('./document.ts')).decodeDocument(task),
  facts: async (task) => (await import('./media-facts.ts')).readMediaFacts(task),
}
const CODES = new Set(['invalid', 'unsupported', 'too_large', 'no_space'])

async function answerTo(job: DecoderJob): Promise<DecoderAnswer> {
  try {
    return await TASKS[job.task]({ ...job, outDir: process.cwd() })
  } catch (thrown) {
    const { code, message } = toCapstanError(thrown)
    return { ok: false, code: CODES.has(code) ? (code as 'invalid') : codeOf(message), message: message.split('\n')[0]!.slice(0, 500) }
  }
}

/** What a decoder throws of itself is about its input; libvips tells only in words that it was too much. */
const codeOf = (message: string) => (/pixel limit|insufficient memory|out of memory/i.test(message) ? 'too_large' : 'invalid')

const answer = await answerTo(JSON.parse(process.argv[2] ?? '') as DecoderJob)
process.stdout.write(JSON.stringify(answer), () => process.exit(0))
