import { Argument, InvalidArgumentError, type Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Client } from '@capstan/contract/client'
import type { QuotaSettings, QuotaView } from '@capstan/contract/quotas'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples } from '../options.ts'
import { readPages } from '../pages.ts'
import { answer, plain, printJson, printTable } from '../print.ts'

type Scope = QuotaSettings['scope']

const LISTED_MAX = 10_000

export function quotaCommands(admin: Command, context: () => Context): void {
  const group = admin.command('quotas').description('how many jobs of an action or a workflow run at once')
  group
    .command('list', { isDefault: true })
    .description('the quotas there are')
    .addHelpText(
      'after',
      `${examples('capstan admin quotas', "capstan jobs list --filter 'state:pending quota:action:proxy'")}

The second line lists the jobs that wait because of one.`,
    )
    .action(async () => {
      const { client, globals } = context()
      const items = await readAll(client())
      if (globals.json) return printJson(items)
      return printTable(
        ['of', 'name', 'at once', 'since'],
        items.map(({ scope, name, maxRunning, createdAt }) => [scope, name, maxRunning, createdAt]),
      )
    })
  group
    .command('set')
    .description('let at most so many run at once, 0 for none; what runs goes on, the rest is pending and goes on by itself')
    .addArgument(scopeArgument())
    .argument('<name>', 'the action, such as proxy, or the workflow')
    .argument('<max>', 'jobs at once', atOnce)
    .addHelpText('after', examples('capstan admin quotas set action proxy 2', 'capstan admin quotas set workflow ingest-and-publish 0'))
    .action(async (scope: Scope, name: string, maxRunning: number) => {
      const { client, globals } = context()
      const call = client()
      const known = await find(call, scope, name)
      const quota = known
        ? await call(api.quotas.change, { params: { id: known.id }, body: { maxRunning }, ifMatch: `"${known.revision}"` })
        : await call(api.quotas.create, { body: { scope, name, maxRunning } })
      const note = (await isUsed(call, scope, name))
        ? ''
        : `; ${scope === 'action' ? 'no workflow has that action' : 'there is no such workflow'} yet`
      answer(globals, quota, `${scope} ${plain(name)}: at most ${maxRunning} at once${note}`)
    })
  group
    .command('remove')
    .description('remove a quota; what waited for it goes on')
    .addArgument(scopeArgument())
    .argument('<name>', 'the action or the workflow')
    .addHelpText('after', examples('capstan admin quotas remove action proxy'))
    .action(async (scope: Scope, name: string) => {
      const { client, globals } = context()
      const call = client()
      const quota = await find(call, scope, name)
      if (!quota) throw new Failure(`there is no quota of the ${scope} "${plain(name)}": \`capstan admin quotas\` lists them`, 1)
      await call(api.quotas.remove, { params: { id: quota.id } })
      answer(globals, quota, `${scope} ${plain(name)}: no quota any more`)
    })
}

const scopeArgument = () => new Argument('<of>', 'what is counted').choices(['action', 'workflow'])

function atOnce(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) > 100_000) throw new InvalidArgumentError('it is a whole number from 0 to 100000.')
  return Number(text)
}

const readAll = (call: Client): Promise<QuotaView[]> =>
  readPages(LISTED_MAX, (cursor, limit) => call(api.quotas.list, { query: { cursor, limit } }))

const find = async (call: Client, scope: Scope, name: string): Promise<QuotaView | undefined> =>
  (await readAll(call)).find((quota) => quota.scope === scope && quota.name === name)

/** A quota may be set before its workflow is deployed, but a slip of the pen should be seen. */
async function isUsed(call: Client, scope: Scope, name: string): Promise<boolean> {
  const current = await readPages(LISTED_MAX, (cursor, limit) => call(api.workflowDefinitions.list, { query: { cursor, limit } }))
  if (scope === 'workflow') return current.some((workflow) => workflow.name === name)
  return current.some(({ definition }) => definition.nodes.some((node) => node.type === 'action' && node.action === name))
}
