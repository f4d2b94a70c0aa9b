import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { api } from '@capstan/contract/api'
import type { JobView } from '@capstan/contract/work'
import type { Context } from './context.ts'
import { plain, printJson } from './print.ts'

const POLL_MS = 500
const BARS_MAX = 30

/** One bar a job, until nothing matches any more. With --json: one line a change. */
export async function watchJobs(context: Context, filter: string): Promise<void> {
  const call = context.client()
  const screen =
    context.globals.json || !context.isTerminal
      ? null
      : new MultiBar({ format: '{bar} {percentage} %  {kind}  {name}', hideCursor: true, clearOnComplete: false }, Presets.shades_classic)
  const bars = new Map<string, SingleBar>()
  const told = new Map<string, string>()
  for (;;) {
    const { items } = await call(api.jobs.list, { query: { filter, limit: BARS_MAX } })
    for (const job of items) {
      if (screen) draw(screen, bars, job)
      else tell(told, job, context.globals.json)
    }
    const open = new Set(items.map(({ id }) => id))
    for (const [id, bar] of bars) if (!open.has(id)) bar.update(100)
    if (items.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  screen?.stop()
}

function draw(screen: MultiBar, bars: Map<string, SingleBar>, job: JobView): void {
  const bar = bars.get(job.id) ?? screen.create(100, 0)
  bars.set(job.id, bar)
  bar.update(Math.round(job.progress ?? 0), { kind: job.kind.padEnd(10), name: plain(job.asset?.name ?? '') })
}

function tell(told: Map<string, string>, job: JobView, json: boolean): void {
  const state = `${job.state} ${Math.round(job.progress ?? 0)}`
  if (told.get(job.id) === state) return
  told.set(job.id, state)
  if (json) printJson(job)
  else process.stderr.write(`job ${job.number}  ${job.kind}  ${state} %\n`)
}
