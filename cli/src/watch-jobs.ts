import { api } from '@capstan/contract/api'
import type { Client } from '@capstan/contract/client'
import type { JobView } from '@capstan/contract/work'
import type { Context } from './context.ts'
import { Failure } from './failure.ts'
import { plain, printJsonLine, printLine } from './print.ts'
import { Screen, type Bar } from './screen.ts'

const POLL_MS = 500
const SHOWN_MAX = 30
const OPEN = 'state:created,scheduled,pending,queued,waiting_for_lock,running'
const FAILED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'in_doubt'])

/**
 * Follows what runs and waits until there is nothing any more: a bar a job on a terminal, else a line a change, with --json an object a line.
 * Throws a Failure with exit code 1 when a job that was followed failed for good.
 */
export async function watchJobs(context: Context, words: string): Promise<void> {
  const call = context.client()
  const filter = /\bstate:/.test(words) ? words : `${OPEN} ${words}`.trim()
  const screen = new Screen(context.isTerminal, 'Stopped watching; the work goes on.')
  const told = new Told(context, screen)
  let quiet = 0
  try {
    while (quiet < 2) {
      const { items } = await call(api.jobs.list, { query: { filter, limit: SHOWN_MAX } })
      for (const job of items) told.show(job)
      for (const id of told.gone(items)) told.end(await call(api.jobs.get, { params: { id } }))
      quiet = items.length > 0 || (await hasMoreSteps(call, words)) ? 0 : quiet + 1
      await pause()
    }
  } finally {
    screen.stop()
  }
  told.sum()
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS))

/** Between two steps a run has no job. With words of one's own only jobs count. */
async function hasMoreSteps(call: Client, words: string): Promise<boolean> {
  return words === '' && (await call(api.runs.list, { query: { filter: 'status:running', limit: 1 } })).items.length > 0
}

class Told {
  readonly #context: Context
  readonly #screen: Screen
  readonly #open = new Map<string, { bar: Bar; text: string }>()
  #ended = 0
  #failed = 0

  constructor(context: Context, screen: Screen) {
    this.#context = context
    this.#screen = screen
  }

  show(job: JobView): void {
    const percent = Math.round(job.progress ?? 0)
    const text = `${job.state} ${percent}`
    const known = this.#open.get(job.id) ?? { bar: this.#screen.add(`${job.kind.padEnd(10)} ${nameOf(job)}`), text: '' }
    this.#open.set(job.id, known)
    if (known.text === text) return
    known.text = text
    known.bar.update(percent, job.state)
    this.#line(job)
  }

  gone(items: readonly JobView[]): string[] {
    const here = new Set(items.map(({ id }) => id))
    return [...this.#open.keys()].filter((id) => !here.has(id))
  }

  end(job: JobView): void {
    this.#open.get(job.id)?.bar.update(job.state === 'completed' ? 100 : (job.progress ?? 0), job.state)
    this.#open.delete(job.id)
    this.#line(job)
    this.#ended++
    if (FAILED.has(job.state)) this.#failed++
  }

  sum(): void {
    if (!this.#context.globals.json) printLine(`${this.#ended - this.#failed} ended, ${this.#failed} failed`)
    if (this.#failed > 0) throw new Failure(`${this.#failed} jobs failed: see \`capstan jobs list --filter state:failed\``, 1)
  }

  #line(job: JobView): void {
    if (this.#context.isTerminal) return
    if (this.#context.globals.json) {
      printJsonLine(job)
      return
    }
    const progress = job.progress === null ? '' : ` ${Math.round(job.progress)} %`
    printLine(`job ${job.number}  ${job.kind}  ${job.state}${progress}  ${nameOf(job)}${job.why ? `: ${plain(job.why)}` : ''}`)
  }
}

const nameOf = ({ asset }: JobView): string => (asset ? `#${asset.number} ${plain(asset.name)}` : '')
