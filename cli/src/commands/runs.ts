import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Client } from '@capstan/contract/client'
import type { RunSummary, RunView } from '@capstan/contract/work'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples, idOf, wholeNumber } from '../options.ts'
import { readPages } from '../pages.ts'
import { answer, plain, printJson, printLine, printTable } from '../print.ts'
import { Screen } from '../screen.ts'
import { outcomeOf, waitForRun } from '../wait-for-runs.ts'

const ACTIONS = {
  cancel: 'cancel a run and its jobs',
  pause: 'start no further step',
  resume: 'let a paused run go on',
  retry: 'go on from the steps that failed',
} as const

export function runCommands(program: Command, context: () => Context): void {
  const runs = program.command('runs').description('list and steer runs of workflows')
  runs
    .command('list', { isDefault: true })
    .description('runs, newest first')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--filter <words>', 'status:failed workflow:ingest asset:<id>')
    .addHelpText('after', examples('capstan runs', "capstan runs list --filter 'status:failed workflow:ingest'"))
    .action(async ({ limit, filter }: { limit: number; filter?: string }) => {
      const { client, globals } = context()
      const call = client()
      const query = filter ? { filter } : {}
      const items = await readPages(limit, (cursor, size) => call(api.runs.list, { query: { ...query, cursor, limit: size } }))
      if (globals.json) printJson(items)
      else printTable(['run', 'workflow', 'status', 'asset', 'why'], items.map(rowOf))
    })

  runs
    .command('show')
    .argument('<id>', 'number or id', idOf)
    .description('one run with its steps')
    .addHelpText('after', examples('capstan runs show 17'))
    .action(async (id: string) => {
      const { client, globals } = context()
      const run = await client()(api.runs.get, { params: { id } })
      if (globals.json) printJson(run)
      else showOne(run)
    })

  for (const action of ['cancel', 'pause', 'resume', 'retry'] as const) {
    runs
      .command(action)
      .argument('<id>', 'number or id', idOf)
      .description(ACTIONS[action])
      .addHelpText('after', examples(`capstan runs ${action} 17`))
      .action(async (id: string) => {
        const { client, globals } = context()
        const run = await client()(api.runs[action], { params: { id } })
        answer(globals, run, `run ${run.number}: ${run.status}`)
      })
  }
}

/** Says which run was started and, when asked, how it ended; 1 when it did not complete. */
export async function followRun(context: Context, call: Client, runId: string, wait: boolean): Promise<void> {
  const { globals, isTerminal } = context
  const started = await call(api.runs.get, { params: { id: runId } })
  if (!wait) {
    answer(globals, started, `run ${started.number} of ${started.workflow}`)
    return
  }
  const screen = new Screen(isTerminal, 'Stopped waiting; the work goes on. See `capstan runs`.')
  const name = `run ${started.number} of ${started.workflow}`
  const run = await waitForRun(call, runId, name, screen).finally(() => screen.stop())
  const why = run.reason ?? run.warnings[0]
  answer(globals, run, `${name}: ${outcomeOf(run)}${why ? `: ${plain(why)}` : ''}`)
  if (run.status !== 'completed') throw new Failure(`run ${run.number} ${run.status}`, 1)
}

const rowOf = (run: RunSummary) => [
  run.number,
  `${run.workflow} ${run.version}`,
  outcomeOf(run),
  run.asset ? `#${run.asset.number} ${run.asset.name}` : '',
  run.reason ?? run.warnings[0] ?? '',
]

function showOne(run: RunView): void {
  printLine(`run ${run.number} of ${run.workflow}, version ${run.version}: ${outcomeOf(run)}`)
  if (run.asset) printLine(`asset #${run.asset.number}  ${plain(run.asset.name)}`)
  if (run.reason) printLine(`why: ${plain(run.reason)}`)
  for (const warning of run.warnings) printLine(`warning: ${plain(warning)}`)
  printTable(
    ['step', 'type', 'status', 'message'],
    run.nodes.filter(({ status }) => status !== 'skipped').map(({ id, type, status, message }) => [id, type, status, message ?? '']),
  )
}
