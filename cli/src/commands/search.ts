import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { SearchReply } from '@capstan/contract/assets'
import type { Context } from '../context.ts'
import { examples, wholeNumber } from '../options.ts'
import { readPages } from '../pages.ts'
import { printJson, printLine } from '../print.ts'
import { printAssets } from './assets.ts'

export function searchCommand(program: Command, context: () => Context): void {
  program
    .command('search <query...>')
    .description('find assets by the query language of the console')
    .option('--limit <n>', 'how many', wholeNumber, 50)
    .option('--sort <field>', 'as in SORT BY')
    .addHelpText(
      'after',
      examples(
        'capstan search forest dawn',
        "capstan search 'kind:video AND duration:>1m30s'",
        `capstan search --json '"evening news"'`,
        'capstan search -- -is:published      (a query that begins with -)',
      ),
    )
    .action(async (words: string[], { limit, sort }: { limit: number; sort?: string }) => {
      const { client, globals } = context()
      const call = client()
      const query = { q: words.join(' '), ...(sort ? { sort } : {}) }
      let first: SearchReply | null = null
      const items = await readPages(limit, async (cursor, size) => {
        const page = await call(api.search.query, { query: { ...query, limit: size, cursor } })
        first ??= page
        return page
      })
      const { total, tookMs, facets } = first as unknown as SearchReply
      if (globals.json) return printJson({ items, total, tookMs, facets })
      if (items.length > 0) printAssets(items)
      printLine(`${total} found in ${Math.round(tookMs)} ms${items.length < total ? `, ${items.length} shown (--limit N)` : ''}`)
    })
}
