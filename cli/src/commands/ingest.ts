import { isUtf8 } from 'node:buffer'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Client } from '@capstan/contract/client'
import type { RunView } from '@capstan/contract/work'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { listFiles, type LocalFile } from '../local-files.ts'
import { examples, wholeNumber } from '../options.ts'
import { findNamed } from '../path-bytes.ts'
import { plain, printJson, printLine } from '../print.ts'
import { Screen } from '../screen.ts'
import { fromCaller, uploadsFolder } from '../settings.ts'
import { UploadMemory } from '../upload-memory.ts'
import { uploadFile } from '../upload.ts'
import { findRunOf, outcomeOf, waitForRun } from '../wait-for-runs.ts'

type Options = { workflow: string; inPlace?: boolean; wait?: boolean; parallel: number }
type Taken = { path: string; name: string; assetId: string | null; runId: string | null; reason: string | null }
type Ended = Taken & { run: RunView | null }

const AT_ONCE_MAX = 8

export function ingestCommand(program: Command, context: () => Context): void {
  program
    .command('ingest <paths...>')
    .description('take in files and folders: by upload, or where they lie with --in-place')
    .option('--workflow <name>', 'what happens to them', 'ingest')
    .option('--in-place', 'register files of this machine where they are, read-only, without copying (on the data folder, --data)')
    .option('--wait', 'wait until their runs have ended; 1 when one failed')
    .option('--parallel <n>', `uploads at once, at most ${AT_ONCE_MAX}`, wholeNumber, 3)
    .addHelpText(
      'after',
      `${examples('capstan ingest clip.mov', 'capstan ingest card/ --workflow ingest-and-publish --wait', 'capstan ingest --in-place /mnt/archive/1987')}

An upload that was cut goes on where it stopped when the same command is given again.`,
    )
    .action(async (paths: string[], options: Options) => {
      const current = context()
      const absolute = paths.map((path) => fromCaller(path, current.env))
      const call = options.inPlace ? current.control() : current.client()
      const taken = options.inPlace ? await register(call, absolute, options.workflow) : await uploadAll(current, call, absolute, options)
      if (options.wait) return reportRuns(current, await waitForAll(current, call, taken))
      return reportArrivals(current, taken, options.inPlace ? 'registered' : 'arrived')
    })
}

async function register(call: Client, paths: string[], workflow: string): Promise<Taken[]> {
  const odd = findNamed(paths).find((bytes) => !isUtf8(bytes))
  if (odd) throw new Failure(`${plain(odd.toString())} is no UTF-8, so that no tool could open it where it is: leave out --in-place`)
  const { items } = await call(api.ingests.create, { body: { paths, workflow, inPlace: true } })
  return items.map(({ path, assetId, runId, error }) => ({ path, name: path, assetId, runId, reason: error }))
}

async function uploadAll(context: Context, call: Client, paths: readonly string[], options: Options): Promise<Taken[]> {
  const files = await listFiles(paths)
  await demandWorkflow(call, options.workflow)
  const memory = new UploadMemory(uploadsFolder(context.env))
  const screen = new Screen(context.isTerminal, 'Stopped. The same command goes on where this one stopped.')
  const send = async (file: LocalFile): Promise<Taken> => {
    const bar = screen.add(file.relativePath, 'uploading')
    const { assetId, reason } = await uploadFile(context, memory, file, options.workflow, (part) => bar.update(100 * part))
    bar.update(reason ? 0 : 100, reason ? 'failed' : 'arrived')
    return { path: file.path, name: file.relativePath, assetId, runId: null, reason }
  }
  try {
    return await mapAtOnce(files, Math.min(AT_ONCE_MAX, options.parallel), send)
  } finally {
    screen.stop()
  }
}

/** Told at once, not after hours of an upload; whoever is not signed in or cannot reach the platform learns it here too. */
async function demandWorkflow(call: Client, name: string): Promise<void> {
  const { items } = await call(api.workflowDefinitions.list, { query: { filter: `name:${name}`, limit: 1 } })
  if (items.length === 0) throw new Failure(`there is no workflow "${plain(name)}": \`capstan workflow\` lists them`)
}

async function waitForAll(context: Context, call: Client, taken: readonly Taken[]): Promise<Ended[]> {
  const screen = new Screen(context.isTerminal, 'Stopped waiting; the work goes on. See `capstan runs`.')
  const wait = async (item: Taken): Promise<Ended> => {
    const runId = item.runId ?? (item.assetId && (await findRunOf(call, item.assetId)))
    if (!runId) return { ...item, run: null, reason: item.reason ?? 'it arrived, but no workflow was started' }
    const run = await waitForRun(call, runId, item.name, screen)
    return { ...item, runId, run, reason: run.reason ?? run.warnings[0] ?? null }
  }
  try {
    return await mapAtOnce(taken, AT_ONCE_MAX, wait)
  } finally {
    screen.stop()
  }
}

/** Results in the order of the items. */
async function mapAtOnce<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

const because = (reason: string | null): string => (reason ? `: ${plain(reason)}` : '')

function reportArrivals({ globals }: Context, taken: readonly Taken[], done: string): void {
  const failed = taken.filter(({ reason, assetId }) => reason !== null && assetId === null).length
  if (globals.json) printJson(taken)
  else {
    for (const { path, assetId, reason } of taken)
      if (reason) printLine(`${assetId === null ? 'failed' : `${done}, but`}  ${plain(path)}${because(reason)}`)
    printLine(`${taken.length - failed} ${done}, ${failed} failed`)
  }
  if (failed > 0) throw new Failure(`${failed} of ${taken.length} files were not taken in`, 1)
}

function reportRuns({ globals }: Context, ended: readonly Ended[]): void {
  const failed = ended.filter(({ run }) => run?.status !== 'completed').length
  if (globals.json) printJson(ended.map(({ run, ...item }) => ({ ...item, ...outcome(run) })))
  else {
    for (const { name, run, reason } of ended)
      printLine(`${run ? outcomeOf(run) : 'failed'}  ${run?.asset ? `#${run.asset.number}  ` : ''}${plain(name)}${because(reason)}`)
    printLine(`${ended.length - failed} completed, ${failed} failed`)
  }
  if (failed > 0) throw new Failure(`${failed} of ${ended.length} files failed`, 1)
}

const outcome = (run: RunView | null) => ({
  status: run?.status ?? 'failed',
  warnings: run?.warnings ?? [],
  runNumber: run?.number ?? null,
  assetNumber: run?.asset?.number ?? null,
})
