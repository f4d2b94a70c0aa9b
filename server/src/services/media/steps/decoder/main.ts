import { toCapstanError } from '../../../../lib/errors.ts'
import { decodeDocument } from './document.ts'
import { decodeImage } from './image.ts'
import type { DecoderAnswer, DecoderJob } from './protocol.ts'

const TASKS = { image: decodeImage, document: decodeDocument }
const CODES = new Set(['invalid', 'unsupported', 'too_large', 'no_space'])

async function answerTo(job: DecoderJob): Promise<DecoderAnswer> {
  try {
    return await TASKS[job.task](job)
  } catch (thrown) {
    const { code, message } = toCapstanError(thrown)
    return { ok: false, code: CODES.has(code) ? (code as 'invalid') : codeOf(message), message: message.split('\n')[0]!.slice(0, 500) }
  }
}

/** What a decoder throws of itself is about its input; libvips tells only in words that it was too much. */
const codeOf = (message: string) => (/pixel limit|insufficient memory|out of memory/i.test(message) ? 'too_large' : 'invalid')

let text = ''
for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
const answer = await answerTo(JSON.parse(text) as DecoderJob)
process.stdout.write(JSON.stringify(answer), () => process.exit(0))
