import { createReadStream, statSync, type Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { MultiBar, Presets } from 'cli-progress'
import type { Command } from 'commander'
import { Upload } from 'tus-js-client'
import { api } from '@capstan/contract/api'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { plain, printJson, printLine } from '../print.ts'
import { fromCaller, uploadsFile } from '../settings.ts'
import { FileUploadMemory } from '../upload-memory.ts'

type Options = { workflow: string; inPlace?: boolean; parallel: string }
type Sent = { path: string; ok: boolean; reason: string | null }

export function ingestCommand(program: Command, context: () => Context): void {
  program
    .command('ingest <paths...>')
    .description('take in files and folders: by upload, or where they lie with --in-place')
    .option('--workflow <name>', 'what happens to them', 'ingest')
    .option('--in-place', 'register files of this machine where they are, read-only, without copying')
    .option('--parallel <n>', 'uploads at once', '3')
    .addHelpText(
      'after',
      '\nExamples:\n  capstan ingest clip.mov\n  capstan ingest card/ --workflow ingest-and-publish\n  capstan ingest --in-place /mnt/archive/1987\n\nAn upload that was cut goes on where it stopped when the same command is given again.',
    )
    .action(async (paths: string[], options: Options) => {
      const current = context()
      const absolute = paths.map((path) => fromCaller(path, current.env))
      if (options.inPlace) return registerInPlace(current, absolute, options.workflow)
      const files = await listFiles(absolute)
      if (files.length === 0) throw new Failure('there are no files to take in')
      const sent = await uploadAll(current, files, options)
      report(current, sent)
    })
}

async function registerInPlace(context: Context, paths: string[], workflow: string): Promise<void> {
  const { items } = await context.control()(api.ingests.create, { body: { paths, workflow, inPlace: true } })
  if (context.globals.json) printJson(items)
  else for (const { path, error } of items) printLine(`${error ? 'failed    ' : 'registered'}  ${plain(path)}${error ? `: ${error}` : ''}`)
  if (items.some(({ error }) => error)) throw new Failure('some files were not registered', 1)
}

/** Regular files in the order of their names; links and hidden files are left out. */
async function listFiles(paths: readonly string[]): Promise<{ path: string; relativePath: string }[]> {
  const files: { path: string; relativePath: string }[] = []
  for (const path of paths) {
    const facts = statSync(path, { throwIfNoEntry: false })
    if (!facts) throw new Failure(`there is no ${path}`)
    if (facts.isFile()) files.push({ path, relativePath: basename(path) })
    else if (facts.isDirectory())
      for await (const found of walk(path)) files.push({ path: found, relativePath: join(basename(path), relative(path, found)) })
  }
  return files
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries: Dirent[] = []
  for await (const entry of await opendir(folder)) entries.push(entry)
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) yield* walk(join(folder, entry.name))
    else if (entry.isFile()) yield join(folder, entry.name)
  }
}

async function uploadAll(context: Context, files: readonly { path: string; relativePath: string }[], options: Options): Promise<Sent[]> {
  const screen =
    context.globals.json || !context.isTerminal
      ? null
      : new MultiBar({ format: '{bar} {percentage} %  {name}', hideCursor: true }, Presets.shades_classic)
  const storage = new FileUploadMemory(uploadsFile(context.env))
  const queue = [...files]
  const sent: Sent[] = []
  const work = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const bar = screen?.create(100, 0, { name: plain(file.relativePath) })
      const reason = await uploadOne(context, storage, file, options.workflow, (fraction) => bar?.update(Math.floor(fraction * 100)))
      sent.push({ path: file.path, ok: reason === null, reason })
    }
  }
  await Promise.all(Array.from({ length: Math.min(8, Math.max(1, Number(options.parallel))) }, work))
  screen?.stop()
  return sent
}

/** Answers null, or why it failed. */
function uploadOne(
  context: Context,
  storage: FileUploadMemory,
  file: { path: string; relativePath: string },
  workflow: string,
  progress: (fraction: number) => void,
): Promise<string | null> {
  const { size, mtimeMs } = statSync(file.path)
  return new Promise((resolve) => {
    const upload = new Upload(createReadStream(file.path), {
      endpoint: `${context.baseUrl()}/api/v1/uploads`,
      headers: { authorization: `Bearer ${context.token()}` },
      metadata: { filename: basename(file.path), relativePath: file.relativePath, workflow },
      uploadSize: size,
      chunkSize: 64 * 1024 * 1024,
      retryDelays: [0, 1_000, 3_000, 10_000, 30_000],
      urlStorage: storage,
      fingerprint: async () => `${context.baseUrl()} ${file.path} ${size} ${mtimeMs}`,
      storeFingerprintForResuming: true,
      removeFingerprintOnSuccess: true,
      onProgress: (done, total) => progress(total ? done / total : 1),
      onSuccess: () => {
        progress(1)
        resolve(null)
      },
      onError: (error) => resolve(reasonOf(error)),
    })
    upload.findPreviousUploads().then(
      ([previous]) => {
        if (previous) upload.resumeFromPreviousUpload(previous)
        upload.start()
      },
      () => upload.start(),
    )
  })
}

function reasonOf(error: Error & { originalResponse?: { getBody(): string } | null }): string {
  try {
    return (JSON.parse(error.originalResponse?.getBody() ?? '') as { detail: string }).detail
  } catch {
    return error.message
  }
}

function report(context: Context, sent: readonly Sent[]): void {
  const failed = sent.filter(({ ok }) => !ok)
  if (context.globals.json) printJson(sent)
  else {
    for (const { path, reason } of failed) printLine(`failed  ${plain(path)}: ${reason}`)
    printLine(`${sent.length - failed.length} arrived, ${failed.length} failed`)
  }
  if (failed.length > 0) throw new Failure('some files did not arrive; the same command goes on where it stopped', 1)
}
