import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parse as parseYaml } from 'yaml'
import { api } from '@capstan/contract/api'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import type { Context } from '../context.ts'
import { Failure, FILE_FAULTS } from '../failure.ts'
import { examples, idOf } from '../options.ts'
import { readPages } from '../pages.ts'
import { answer, plain, printJson, printTable } from '../print.ts'
import { fromCaller } from '../settings.ts'
import { followRun } from './runs.ts'

const LISTED_MAX = 1_000

export function workflowCommands(program: Command, context: () => Context): void {
  const workflow = program.command('workflow').description('deploy, list and start workflows')

  workflow
    .command('deploy <file>')
    .description('deploy a definition (YAML or JSON) as a new version; the same again changes nothing')
    .addHelpText('after', examples('capstan workflow deploy my-ingest.yaml'))
    .action(async (file: string) => {
      const { client, env, globals } = context()
      const definition = readDefinition(fromCaller(file, env))
      const deployed = await client()(api.workflowDefinitions.deploy, { body: definition })
      answer(globals, deployed, `${deployed.name}, version ${deployed.version}`)
    })

  workflow
    .command('list [name]', { isDefault: true })
    .description('workflows and their current versions, or all versions of one')
    .addHelpText('after', examples('capstan workflow', 'capstan workflow list ingest'))
    .action(async (name: string | undefined) => {
      const { client, globals } = context()
      const call = client()
      const query = name ? { filter: `name:${name}` } : {}
      const items = await readPages(LISTED_MAX, (cursor, limit) =>
        call(api.workflowDefinitions.list, { query: { ...query, cursor, limit } }),
      )
      if (globals.json) return printJson(items)
      const rows = items.map((item) => [item.name, item.version, item.current ? 'current' : '', item.createdAt, item.createdBy, item.title])
      return printTable(['name', 'version', '', 'deployed', 'by', 'title'], rows)
    })

  workflow
    .command('start <name>')
    .description('start a workflow, about an asset where it needs one')
    .option('--asset <id>', 'number or id of the asset', idOf)
    .option('--set <name=value...>', 'variables of the run; a value that is JSON is taken as such')
    .option('--wait', 'wait until the run has ended; 1 when it failed')
    .addHelpText(
      'after',
      examples('capstan workflow start publish --asset 48213 --wait', 'capstan workflow start my-flow --asset 48213 --set urgent=true'),
    )
    .action(async (name: string, options: { asset?: string; set?: string[]; wait?: boolean }) => {
      const current = context()
      const call = current.client()
      const asset = options.asset ? await call(api.assets.get, { params: { id: options.asset } }) : null
      const run = await call(api.runs.start, {
        body: { workflow: name, ...(asset ? { assetId: asset.id } : {}), variables: variablesOf(options.set ?? []) },
      })
      await followRun(current, call, run.id, options.wait ?? false)
    })
}

function variablesOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Failure(`"${plain(pair)}" is no variable: write --set name=value`)
      return [pair.slice(0, at), jsonOrText(pair.slice(at + 1))]
    }),
  )
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readDefinition(path: string): WorkflowDefinition {
  const parsed = WorkflowDefinition.safeParse(contentOf(path), {
    error: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? `is missing (${issue.expected})` : undefined),
  })
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => `  ${placeOf(issue.path) || 'the file'}: ${issue.message}`)
  throw new Failure(`${plain(path)} is no workflow definition:\n${lines.join('\n')}`)
}

/** `nodes[2].branches[0].when` */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text ? `${text}.` : ''}${String(part)}`), '')

function contentOf(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure(`${plain(path)} ${FILE_FAULTS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be read'}`)
  }
  try {
    return parseYaml(text)
  } catch (error) {
    throw new Failure(`${plain(path)} is neither YAML nor JSON: ${(error as Error).message.trimEnd()}`)
  }
}
