import { parentPort, workerData } from 'node:worker_threads'
import { CapstanError, toCapstanError } from '../../../lib/errors.ts'
import { translated } from './damage.ts'
import type { Answer, Call, OperationName, Operations, WorkerSetup } from './messages.ts'
import { IndexReader } from './reader.ts'
import { IndexWriter } from './writer.ts'

/** The thread of a reader or of the writer: one call at a time, each answered. */
const { role, path } = workerData as WorkerSetup
const port = parentPort!
let reader: IndexReader | null = null
let writer: IndexWriter | null = null

const operations: { [O in OperationName]: (input: Operations[O][0]) => Operations[O][1] } = {
  open: () => {
    if (role === 'writer') writer = new IndexWriter(path)
    else reader = new IndexReader(path)
    return null
  },
  write: (batch) => {
    opened(writer).write(batch)
    return null
  },
  clear: ({ damaged }) => {
    opened(writer).clear(damaged)
    return null
  },
  search: ({ request, timeoutMs }) => opened(reader).search(request, performance.now() + timeoutMs),
  count: ({ request, timeoutMs }) => opened(reader).count(request, performance.now() + timeoutMs),
  state: () => opened(reader).state(),
  close: () => {
    reader?.close()
    writer?.close()
    reader = null
    writer = null
    return null
  },
}

function opened<T>(opened: T | null): T {
  if (opened === null) throw new CapstanError('unavailable', 'the search index is not open')
  return opened
}

function answer({ id, operation, input }: Call): Answer {
  try {
    const run = operations[operation] as (input: unknown) => unknown
    return { id, ok: true, output: run(input) }
  } catch (thrown) {
    const { code, message, details } = toCapstanError(translated(thrown))
    return { id, ok: false, error: { code, message, details } }
  }
}

port.on('message', (call: Call) => port.postMessage(answer(call)))
