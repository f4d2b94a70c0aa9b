import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Context } from '../context.ts'
import { examples } from '../options.ts'
import { answer, plain } from '../print.ts'
import { CONTROL_NOTE } from './maintenance.ts'
import { quotaCommands } from './quotas.ts'

export function adminCommands(program: Command, context: () => Context): void {
  const admin = program.command('admin').description('for whoever runs the platform')
  admin
    .command('reset-password [name]')
    .description('a new password for the administrator, or another user who becomes one; shown once, ends their sessions')
    .option('--remove-totp', 'also take away a second factor that was lost')
    .addHelpText('after', `${CONTROL_NOTE}\n${examples('capstan admin reset-password', 'capstan admin reset-password --remove-totp')}`)
    .action(async (name: string | undefined, options: { removeTotp?: boolean }) => {
      const { control, globals } = context()
      const body = { name: name ?? 'admin', removeTotp: options.removeTotp ?? false }
      const reply = await control()(api.system.resetPassword, { body })
      answer(globals, reply, `User: ${plain(reply.name)}  Password: ${reply.password}`)
    })
  admin
    .command('rebuild-search')
    .description('build the search index anew from the database')
    .addHelpText('after', `${CONTROL_NOTE}\n${examples('capstan admin rebuild-search')}`)
    .action(async () => {
      const { control, globals } = context()
      const reply = await control()(api.system.rebuildSearch, {})
      answer(globals, reply, 'The index is being built; search answers from the old one until it is done')
    })
  quotaCommands(admin, context)
}
