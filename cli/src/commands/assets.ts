import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { AssetSummary, AssetView } from '@capstan/contract/assets'
import { ApiError, urlOf } from '@capstan/contract/client'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { readPages } from '../pages.ts'
import { durationText, plain, printJson, printLine, printTable, sizeText } from '../print.ts'
import { fromCaller } from '../settings.ts'

type ListOptions = { limit: string; sort?: string }

export function assetCommands(program: Command, context: () => Context): void {
  const assets = program.command('assets').description('list, show, delete and restore assets')

  assets
    .command('list', { isDefault: true })
    .description('assets, newest first')
    .option('--limit <n>', 'how many', '50')
    .option('--sort <field>', 'number, name, size, duration; with - in front for the other direction')
    .option('--deleted', 'what is in the bin')
    .action(async (options: ListOptions & { deleted?: boolean }) => {
      const { client, globals } = context()
      const call = client()
      const query = { ...(options.sort ? { sort: options.sort } : {}), ...(options.deleted ? { filter: 'deleted' } : {}) }
      const items = await readPages(Number(options.limit), (cursor, limit) => call(api.assets.list, { query: { ...query, limit, cursor } }))
      show(items, globals.json)
    })

  assets
    .command('show <id>')
    .description('one asset with its facts and renditions; by number or id')
    .action(async (id: string) => {
      const { client, globals } = context()
      const asset = await client()(api.assets.get, { params: { id: bare(id) } })
      if (globals.json) printJson(asset)
      else showOne(asset)
    })

  for (const [name, description, endpoint] of [
    ['delete', 'move to the bin', api.assets.remove],
    ['restore', 'take out of the bin', api.assets.restore],
    ['purge', 'remove the files of a deleted asset for good', api.assets.purge],
  ] as const) {
    assets
      .command(`${name} <id>`)
      .description(description)
      .action(async (id: string) => {
        const { client, globals } = context()
        const asset = await client()(endpoint, { params: { id: bare(id) } })
        if (globals.json) printJson(asset)
        else printLine(`#${asset.number} ${plain(asset.name)}: ${asset.flags.join(', ') || 'restored'}`)
      })
  }

  program
    .command('search <query...>')
    .description('find assets by the query language of the console')
    .option('--limit <n>', 'how many', '50')
    .option('--sort <field>', 'as in SORT BY')
    .addHelpText(
      'after',
      "\nExamples:\n  capstan search forest dawn\n  capstan search 'kind:video AND duration:>1m30s'\n  capstan search --json '\"evening news\"'",
    )
    .action(async (words: string[], options: ListOptions) => {
      const { client, globals } = context()
      const call = client()
      const q = words.join(' ')
      const first = await call(api.search.query, {
        query: { q, limit: Math.min(200, Number(options.limit)), ...(options.sort ? { sort: options.sort } : {}) },
      })
      if (globals.json) return printJson(first)
      show(first.items, false)
      printLine(`${first.total} found in ${Math.round(first.tookMs)} ms`)
    })

  program
    .command('download <id>')
    .description('the original, or one rendition, to a file')
    .option('--rendition <name>', 'proxy, poster … instead of the original')
    .option('-o, --output <path>', 'where to')
    .addHelpText('after', '\nExamples:\n  capstan download 48213\n  capstan download 48213 --rendition proxy -o review.mp4')
    .action(async (id: string, options: { rendition?: string; output?: string }) => {
      const { client, env, baseUrl, token } = context()
      const asset = await client()(api.assets.get, { params: { id: bare(id) } })
      const { url, name } = sourceOf(asset, options.rendition)
      const path = fromCaller(options.output ?? name, env)
      const response = await fetch(baseUrl() + url, { headers: { authorization: `Bearer ${token()}` } })
      if (!response.ok || !response.body) throw new ApiError((await response.json()) as never)
      await pipeline(Readable.fromWeb(response.body as never), createWriteStream(`${path}.partial`))
      await rename(`${path}.partial`, path)
      printLine(path)
    })
}

/** `#48213` as it is written on the screen. */
export const bare = (id: string): string => id.replace(/^#/, '')

function sourceOf(asset: AssetView, rendition: string | undefined): { url: string; name: string } {
  if (!rendition) {
    const [file] = asset.files
    if (!file) throw new Failure(`asset #${asset.number} is a placeholder: it has no file yet`, 1)
    return { url: urlOf(api.files.content, { params: { id: file.id } }), name: safeName(file.originalName) }
  }
  const found = asset.renditions.find(({ name, kind }) => name === rendition || kind === rendition)
  if (!found)
    throw new Failure(
      `asset #${asset.number} has no rendition "${rendition}"; it has ${asset.renditions.map(({ name }) => name).join(', ') || 'none'}`,
      1,
    )
  return {
    url: urlOf(api.renditions.content, { params: { id: found.id }, query: { download: '1' } }),
    name: safeName(`${asset.number}-${basename(found.mainFile)}`),
  }
}

/** A stranger's name never chooses a folder here. */
const safeName = (name: string): string =>
  basename(name.replaceAll('\\', '/'))
    .replace(/\p{Cc}/gu, '_')
    .replace(/^[.-]+/, '_') || 'download'

function show(items: readonly AssetSummary[], json: boolean): void {
  if (json) return printJson(items)
  const rows = items.map((asset) => [
    `#${asset.number}`,
    asset.kind,
    durationText(asset.durationUs),
    sizeText(asset.sizeBytes),
    asset.work?.status ?? '',
    asset.name,
  ])
  printTable(['number', 'kind', 'duration', 'size', 'run', 'name'], rows)
}

function showOne(asset: AssetView): void {
  printLine(`#${asset.number}  ${plain(asset.name)}`)
  const facts = [asset.kind, ...asset.facts, durationText(asset.durationUs), sizeText(asset.sizeBytes)].filter(Boolean)
  printLine(facts.join(' · '))
  if (asset.description) printLine(plain(asset.description))
  if (asset.tags.length > 0) printLine(`tags: ${asset.tags.map(plain).join(', ')}`)
  for (const file of asset.files) printLine(`file: ${plain(file.originalName)}  sha256 ${file.checksums.sha256 ?? 'not yet'}`)
  for (const warning of asset.warnings) printLine(`warning: ${plain(warning)}`)
  if (asset.renditions.length > 0)
    printTable(
      ['rendition', 'type', 'size', 'id'],
      asset.renditions.map(({ name, mediaType, sizeBytes, id }) => [name, mediaType, sizeText(sizeBytes), id]),
    )
}
