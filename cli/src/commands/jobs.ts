import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { JobView } from '@capstan/contract/work'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples, idOf, wholeNumber } from '../options.ts'
import { readPages } from '../pages.ts'
import { answer, plain, printJson, printLine, printTable } from '../print.ts'
import { watchJobs } from '../watch-jobs.ts'

const LOG_LINES_MAX = 10_000

const ACTIONS = {
  retry: 'try again what failed, timed out or was cancelled: one job, or all that match',
  cancel: 'cancel what waits or runs: one job, or all that match',
  pause: 'hold a waiting job back',
  resume: 'let a paused job go on',
} as const

export function jobCommands(program: Command, context: () => Context): void {
  const jobs = program.command('jobs').description('list, watch, retry and cancel jobs')
  jobs
    .command('list', { isDefault: true })
    .description('jobs, newest first')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--filter <words>', 'state:failed,timed_out kind:proxy run:<id> asset:<id>')
    .addHelpText('after', examples('capstan jobs', "capstan jobs list --filter 'state:failed,timed_out kind:proxy'"))
    .action(async ({ limit, filter }: { limit: number; filter?: string }) => {
      const { client, globals } = context()
      const call = client()
      const query = filter ? { filter } : {}
      const items = await readPages(limit, (cursor, size) => call(api.jobs.list, { query: { ...query, cursor, limit: size } }))
      if (globals.json) printJson(items)
      else printTable(['job', 'kind', 'state', 'progress', 'asset', 'why'], items.map(rowOf))
    })

  jobs
    .command('watch [filter]')
    .description('progress bars of what runs; ends when nothing runs or waits, with 1 when something failed')
    .addHelpText('after', examples('capstan jobs watch', 'capstan jobs watch kind:proxy', 'capstan jobs watch --json'))
    .action((filter: string | undefined) => watchJobs(context(), filter ?? ''))

  jobs
    .command('log')
    .argument('<id>', 'number or id', idOf)
    .description('the log of one job')
    .addHelpText('after', examples('capstan jobs log 42'))
    .action(async (id: string) => {
      const { client, globals } = context()
      const call = client()
      const lines = await readPages(LOG_LINES_MAX, (cursor, limit) => call(api.jobs.log, { params: { id }, query: { cursor, limit } }))
      if (globals.json) printJson(lines)
      else for (const { at, attempt, level, message } of lines) printLine(`${at}  ${attempt}  ${level.padEnd(7)}  ${plain(message)}`)
    })

  for (const action of ['pause', 'resume'] as const)
    jobs
      .command(action)
      .argument('<id>', 'number or id', idOf)
      .description(ACTIONS[action])
      .addHelpText('after', examples(`capstan jobs ${action} 42`))
      .action((id: string) => actOnOne(context(), action, id))

  for (const action of ['retry', 'cancel'] as const)
    jobs
      .command(action)
      .argument('[id]', 'number or id', idOf)
      .description(ACTIONS[action])
      .option('--all <filter>', 'every job that matches, for example state:failed')
      .option('--dry-run', 'with --all: only count')
      .addHelpText(
        'after',
        examples(`capstan jobs ${action} 42`, `capstan jobs ${action} --all state:${action === 'retry' ? 'failed' : 'queued'} --dry-run`),
      )
      .action((id: string | undefined, options: { all?: string; dryRun?: boolean }) => {
        if (id && options.all) throw new Failure('name one job or use --all FILTER, not both')
        if (id && options.dryRun) throw new Failure('--dry-run goes with --all FILTER')
        if (options.all) return actOnAll(context(), action, options.all, options.dryRun ?? false)
        if (!id) throw new Failure('name a job, or use --all FILTER')
        return actOnOne(context(), action, id)
      })
}

async function actOnOne({ client, globals }: Context, action: keyof typeof ACTIONS, id: string): Promise<void> {
  const job = await client()(api.jobs[action], { params: { id } })
  answer(globals, job, `job ${job.number}: ${job.state}`)
}

async function actOnAll({ client, globals }: Context, action: 'retry' | 'cancel', filter: string, dryRun: boolean): Promise<void> {
  const reply = await client()(api.jobs.bulk, { body: { action, filter, dryRun } })
  answer(globals, reply, dryRun ? `${reply.matched} match; nothing was changed` : `${reply.matched} match, ${reply.changed} changed`)
}

const rowOf = (job: JobView) => [
  job.number,
  job.kind,
  job.state,
  job.progress === null ? '' : `${Math.round(job.progress)} %`,
  job.asset ? `#${job.asset.number} ${job.asset.name}` : '',
  job.why ?? '',
]
