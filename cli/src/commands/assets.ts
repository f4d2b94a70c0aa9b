import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { AssetSummary, AssetView } from '@capstan/contract/assets'
import type { Context } from '../context.ts'
import { examples, idOf, wholeNumber } from '../options.ts'
import { readPages } from '../pages.ts'
import { answer, durationText, plain, printJson, printLine, printTable, sizeText } from '../print.ts'

type ListOptions = { limit: number; sort?: string; deleted?: boolean }

export function assetCommands(program: Command, context: () => Context): void {
  const assets = program.command('assets').description('list, show, delete and restore assets')

  assets
    .command('list', { isDefault: true })
    .description('assets, newest first')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--sort <field>', 'number, name, size, duration; with - in front for the other direction')
    .option('--deleted', 'what is in the bin')
    .addHelpText('after', examples('capstan assets', 'capstan assets list --sort=-size --limit 10', 'capstan assets list --deleted'))
    .action(async ({ limit, sort, deleted }: ListOptions) => {
      const { client, globals } = context()
      const call = client()
      const query = { ...(sort ? { sort } : {}), ...(deleted ? { filter: 'deleted' } : {}) }
      const items = await readPages(limit, (cursor, size) => call(api.assets.list, { query: { ...query, limit: size, cursor } }))
      if (globals.json) printJson(items)
      else printAssets(items)
    })

  assets
    .command('show')
    .argument('<id>', 'number or id', idOf)
    .description('one asset with its facts and renditions')
    .addHelpText('after', examples('capstan assets show 48213', 'capstan assets show 48213 --json'))
    .action(async (id: string) => {
      const { client, globals } = context()
      const asset = await client()(api.assets.get, { params: { id } })
      if (globals.json) printJson(asset)
      else showOne(asset)
    })

  for (const [name, description, endpoint] of [
    ['delete', 'move to the bin', api.assets.remove],
    ['restore', 'take out of the bin', api.assets.restore],
    ['purge', 'remove the files of a deleted asset for good; its record stays', api.assets.purge],
  ] as const) {
    assets
      .command(name)
      .argument('<id>', 'number or id', idOf)
      .description(description)
      .addHelpText('after', examples(`capstan assets ${name} 48213`))
      .action(async (id: string) => {
        const { client, globals } = context()
        const asset = await client()(endpoint, { params: { id } })
        answer(globals, asset, `#${asset.number} ${plain(asset.name)}: ${stateAfter(name, asset)}`)
      })
  }
}

const stateAfter = (action: 'delete' | 'restore' | 'purge', { flags }: AssetView): string =>
  ({ delete: 'in the bin', restore: 'restored', purge: 'purged' })[action] +
  (flags.includes('published') ? ', still published (`capstan unpublish` removes the package)' : '')

export function printAssets(items: readonly AssetSummary[]): void {
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
  const facts = [asset.kind, ...asset.facts, durationText(asset.durationUs), sizeText(asset.sizeBytes), ...asset.flags].filter(Boolean)
  printLine(facts.map(plain).join(' · '))
  if (asset.description) printLine(asset.description.split('\n').map(plain).join('\n'))
  if (asset.tags.length > 0) printLine(`tags: ${asset.tags.map(plain).join(', ')}`)
  for (const { originalName, location, checksums } of asset.files) {
    const state = location.state === 'present' ? '' : `  (${location.state})`
    const where = location.kind === 'in_place' && location.path !== null ? `  at ${plain(location.path)}` : ''
    printLine(`file: ${plain(originalName)}${where}${state}  sha256 ${checksums.sha256 ?? 'not yet'}`)
  }
  if (asset.publishedTo) printLine(`published to ${plain(asset.publishedTo)}`)
  for (const warning of asset.warnings) printLine(`warning: ${plain(warning)}`)
  if (asset.renditions.length > 0)
    printTable(
      ['rendition', 'type', 'size', 'id'],
      asset.renditions.map(({ name, mediaType, sizeBytes, id }) => [name, mediaType, sizeText(sizeBytes), id]),
    )
}
