import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { plain, printJson, printLine, sizeText } from '../print.ts'
import { fromCaller } from '../settings.ts'

const NOTE = '\nWorks on the data folder of this machine (--data DIR, ./data) while its platform runs.'

export function adminCommands(program: Command, context: () => Context): void {
  program
    .command('backup <folder>')
    .description('copy the database and a list of the media to a new folder, while the platform runs')
    .option('--with-media', 'the media too: as hard links where possible, else as copies')
    .addHelpText('after', `${NOTE}\n\nExample:\n  capstan backup --with-media /backup/capstan-2026-11-22`)
    .action(async (folder: string, options: { withMedia?: boolean }) => {
      const { control, env, globals } = context()
      const report = await control()(api.system.backup, { body: { path: fromCaller(folder, env), withMedia: options.withMedia ?? false } })
      if (globals.json) printJson(report)
      else
        printLine(
          `${report.path}: database ${sizeText(report.databaseBytes)}, ${report.mediaFiles} media files of ${sizeText(report.mediaBytes)}${report.withMedia ? '' : ' (listed, not copied)'}`,
        )
    })

  program
    .command('restore <folder>')
    .description('go back to a backup; what is there now is kept beside it')
    .addHelpText('after', `${NOTE} The platform restarts itself.`)
    .action(async (folder: string) => {
      const { control, env, globals } = context()
      const reply = await control()(api.system.restore, { body: { path: fromCaller(folder, env) } })
      if (globals.json) printJson(reply)
      else printLine(`Restored; the platform restarts. What was there is kept in ${reply.keptAs}`)
    })

  program
    .command('fsck')
    .description('compare rows and files; lists orphaned and missing ones, deletes nothing')
    .addHelpText('after', NOTE)
    .action(async () => {
      const { control, globals } = context()
      const report = await control()(api.system.fsck, {})
      if (globals.json) printJson(report)
      else {
        for (const path of report.missing) printLine(`missing   ${plain(path)}`)
        for (const path of report.orphaned) printLine(`orphaned  ${plain(path)}`)
        printLine(
          `${report.checked} checked, ${report.missing.length} missing, ${report.orphaned.length} orphaned${report.truncated ? ' (more were found than are listed)' : ''}`,
        )
      }
      if (report.missing.length > 0) throw new Failure('files are missing', 1)
    })

  program
    .command('support-bundle <file>')
    .description('logs, settings and counts in one zip, secrets removed')
    .addHelpText('after', NOTE)
    .action(async (file: string) => {
      const { control, env, globals } = context()
      const reply = await control()(api.system.supportBundle, { body: { path: fromCaller(file, env) } })
      if (globals.json) printJson(reply)
      else printLine(`${reply.path} (${sizeText(reply.sizeBytes)})`)
    })

  const admin = program.command('admin').description('for whoever runs the platform')
  admin
    .command('reset-password [name]')
    .description('a new password for the administrator, or another user; shown once')
    .addHelpText('after', NOTE)
    .action(async (name: string | undefined) => {
      const { control, globals } = context()
      const reply = await control()(api.system.resetPassword, { body: { name: name ?? 'admin' } })
      if (globals.json) printJson(reply)
      else printLine(`User: ${plain(reply.name)}  Password: ${reply.password}`)
    })
  admin
    .command('rebuild-search')
    .description('build the search index anew from the database')
    .addHelpText('after', NOTE)
    .action(async () => {
      await context().control()(api.system.rebuildSearch, {})
      printLine('The index is being built; search answers from the old one until it is done')
    })
}
