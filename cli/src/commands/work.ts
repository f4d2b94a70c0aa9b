import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parse as parseYaml } from 'yaml'
import { api } from '@capstan/contract/api'
import type { JobView, RunSummary } from '@capstan/contract/work'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { readPages } from '../pages.ts'
import { plain, printJson, printLine, printTable } from '../print.ts'
import { fromCaller } from '../settings.ts'
import { watchJobs } from '../watch-jobs.ts'
import { bare } from './assets.ts'

export function workCommands(program: Command, context: () => Context): void {
  workflowCommands(program, context)
  runCommands(program, context)
  jobCommands(program, context)
  publishCommands(program, context)
}

function workflowCommands(program: Command, context: () => Context): void {
  const workflow = program.command('workflow').description('deploy and list workflows')

  workflow
    .command('deploy <file>')
    .description('deploy a definition (YAML or JSON) as a new version')
    .addHelpText('after', '\nExample:\n  capstan workflow deploy my-ingest.yaml')
    .action(async (file: string) => {
      const { client, env, globals } = context()
      const definition = readDefinition(fromCaller(file, env))
      const deployed = await client()(api.workflowDefinitions.deploy, { body: definition })
      if (globals.json) printJson(deployed)
      else printLine(`${deployed.name}, version ${deployed.version}`)
    })

  workflow
    .command('list', { isDefault: true })
    .description('workflows and their current versions')
    .action(async () => {
      const { client, globals } = context()
      const call = client()
      const items = await readPages(1_000, (cursor, limit) => call(api.workflowDefinitions.list, { query: { cursor, limit } }))
      if (globals.json) printJson(items)
      else
        printTable(
          ['name', 'version', 'title'],
          items.map(({ name, version, title }) => [name, version, title]),
        )
    })

  workflow
    .command('start <name>')
    .description('start a workflow, about an asset where it needs one')
    .option('--asset <id>', 'number or id of the asset')
    .action(async (name: string, options: { asset?: string }) => {
      const { client, globals } = context()
      const call = client()
      const asset = options.asset ? await call(api.assets.get, { params: { id: bare(options.asset) } }) : null
      const run = await call(api.runs.start, { body: { workflow: name, ...(asset ? { assetId: asset.id } : {}) } })
      if (globals.json) printJson(run)
      else printLine(`run ${run.number} of ${run.workflow}`)
    })
}

function readDefinition(path: string): WorkflowDefinition {
  let content: unknown
  try {
    content = parseYaml(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`)
  }
  const parsed = WorkflowDefinition.safeParse(content)
  if (parsed.success) return parsed.data
  throw new Failure(
    `${path} is no workflow definition:\n${parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'the file'}: ${issue.message}`).join('\n')}`,
  )
}

function runCommands(program: Command, context: () => Context): void {
  const runs = program.command('runs').description('list and steer runs of workflows')
  runs
    .command('list', { isDefault: true })
    .description('runs, newest first')
    .option('--limit <n>', 'how many', '50')
    .option('--filter <words>', 'status:failed workflow:ingest asset:<id>')
    .action(async (options: { limit: string; filter?: string }) => {
      const { client, globals } = context()
      const call = client()
      const query = options.filter ? { filter: options.filter } : {}
      const items = await readPages(Number(options.limit), (cursor, limit) => call(api.runs.list, { query: { ...query, cursor, limit } }))
      if (globals.json) printJson(items)
      else printTable(['run', 'workflow', 'status', 'asset', 'why'], items.map(runRow))
    })
  for (const action of ['cancel', 'pause', 'resume', 'retry'] as const) {
    runs
      .command(`${action} <id>`)
      .description(`${action} a run`)
      .action(async (id: string) => {
        const { client, globals } = context()
        const run = await client()(api.runs[action], { params: { id: bare(id) } })
        if (globals.json) printJson(run)
        else printLine(`run ${run.number}: ${run.status}`)
      })
  }
}

const runRow = (run: RunSummary) => [
  run.number,
  `${run.workflow} ${run.version}`,
  run.status,
  run.asset?.name ?? '',
  run.reason ?? run.warnings[0] ?? '',
]

function jobCommands(program: Command, context: () => Context): void {
  const jobs = program.command('jobs').description('list, watch, retry and cancel jobs')
  jobs
    .command('list', { isDefault: true })
    .description('jobs, newest first')
    .option('--limit <n>', 'how many', '50')
    .option('--filter <words>', 'state:failed,timed_out kind:proxy run:<id> asset:<id>')
    .action(async (options: { limit: string; filter?: string }) => {
      const { client, globals } = context()
      const call = client()
      const query = options.filter ? { filter: options.filter } : {}
      const items = await readPages(Number(options.limit), (cursor, limit) => call(api.jobs.list, { query: { ...query, cursor, limit } }))
      if (globals.json) printJson(items)
      else printTable(['job', 'kind', 'state', 'progress', 'asset', 'why'], items.map(jobRow))
    })

  jobs
    .command('watch [filter]')
    .description('progress bars of what runs; ends when nothing runs or waits')
    .action((filter: string | undefined) =>
      watchJobs(context(), filter ?? 'state:created,scheduled,pending,queued,waiting_for_lock,running'),
    )

  jobs
    .command('log <id>')
    .description('the log of one job')
    .action(async (id: string) => {
      const { client, globals } = context()
      const call = client()
      const lines = await readPages(10_000, (cursor, limit) => call(api.jobs.log, { params: { id: bare(id) }, query: { cursor, limit } }))
      if (globals.json) printJson(lines)
      else for (const { at, level, message } of lines) printLine(`${at}  ${level.padEnd(7)}  ${plain(message)}`)
    })

  for (const action of ['retry', 'cancel', 'pause', 'resume'] as const) {
    const command = jobs
      .command(`${action} [id]`)
      .description(`${action} one job${action === 'retry' || action === 'cancel' ? ', or all that match' : ''}`)
    if (action === 'retry' || action === 'cancel')
      command.option('--all <filter>', 'every job that matches, for example state:failed').option('--dry-run', 'only count')
    command.action(async (id: string | undefined, options: { all?: string; dryRun?: boolean }) => {
      const { client, globals } = context()
      if (options.all && (action === 'retry' || action === 'cancel')) {
        const reply = await client()(api.jobs.bulk, { body: { action, filter: options.all, dryRun: options.dryRun ?? false } })
        return globals.json ? printJson(reply) : printLine(`${reply.matched} match, ${reply.changed} changed`)
      }
      if (!id) throw new Failure(`name a job, or use --all FILTER`)
      const job = await client()(api.jobs[action], { params: { id: bare(id) } })
      return globals.json ? printJson(job) : printLine(`job ${job.number}: ${job.state}`)
    })
  }
}

const jobRow = (job: JobView) => [
  job.number,
  job.kind,
  job.state,
  job.progress === null ? '' : `${Math.round(job.progress)} %`,
  job.asset?.name ?? '',
  job.why ?? '',
]

function publishCommands(program: Command, context: () => Context): void {
  program
    .command('publish <asset>')
    .description('make a package of an asset in the publish folder')
    .option('--renditions <names>', 'comma-separated: proxy, hls, original …')
    .action(async (id: string, options: { renditions?: string }) => {
      const { client, globals } = context()
      const renditions = options.renditions?.split(',').map((name) => name.trim()) as never
      const reply = await client()(api.assets.publish, { params: { id: bare(id) }, body: renditions ? { renditions } : {} })
      if (globals.json) printJson(reply)
      else printLine(`run ${reply.runId}`)
    })
  program
    .command('unpublish <asset>')
    .description('remove the package')
    .action(async (id: string) => {
      const { client, globals } = context()
      const reply = await client()(api.assets.unpublish, { params: { id: bare(id) } })
      if (globals.json) printJson(reply)
      else printLine(`run ${reply.runId}`)
    })
}
