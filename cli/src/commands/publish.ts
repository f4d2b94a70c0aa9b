import { InvalidArgumentError, type Command } from 'commander'
import { api } from '@capstan/contract/api'
import { RenditionKind } from '@capstan/contract/assets'
import type { Context } from '../context.ts'
import { examples, idOf } from '../options.ts'
import { followRun } from './runs.ts'

type Part = RenditionKind | 'original'

export function publishCommands(program: Command, context: () => Context): void {
  program
    .command('publish')
    .argument('<asset>', 'number or id', idOf)
    .description('make a package of an asset in the publish folder')
    .option('--renditions <kinds>', 'comma-separated: proxy,hls,original …', parts)
    .option('--wait', 'wait until it is there; 1 when that failed')
    .addHelpText('after', examples('capstan publish 48213 --wait', 'capstan publish 48213 --renditions original,proxy'))
    .action(async (id: string, options: { renditions?: Part[]; wait?: boolean }) => {
      const current = context()
      const call = current.client()
      const body = options.renditions ? { renditions: options.renditions } : {}
      const { runId } = await call(api.assets.publish, { params: { id }, body })
      await followRun(current, call, runId, options.wait ?? false)
    })
  program
    .command('unpublish')
    .argument('<asset>', 'number or id', idOf)
    .description('remove the package')
    .option('--wait', 'wait until it is gone; 1 when that failed')
    .addHelpText('after', examples('capstan unpublish 48213'))
    .action(async (id: string, options: { wait?: boolean }) => {
      const current = context()
      const call = current.client()
      const { runId } = await call(api.assets.unpublish, { params: { id } })
      await followRun(current, call, runId, options.wait ?? false)
    })
}

function parts(text: string): Part[] {
  return text.split(',').map((part) => {
    const name = part.trim()
    if (name === 'original') return name
    const parsed = RenditionKind.safeParse(name)
    if (parsed.success) return parsed.data
    throw new InvalidArgumentError(`"${name}" is none of original, ${RenditionKind.options.join(', ')}.`)
  })
}
