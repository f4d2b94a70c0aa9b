import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { Client } from '@capstan/contract/client'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples, seconds } from '../options.ts'
import { answer, plain, printJson, printLine, sizeText } from '../print.ts'
import { fromCaller } from '../settings.ts'

/** What works without signing in, for whoever owns the data folder. */
export const CONTROL_NOTE = '\nWorks on the data folder of this machine (--data DIR, CAPSTAN_DATA, ./data) while its platform runs.'

const RESTART_MS_MAX = 60_000
const POLL_MS = 300

export function maintenanceCommands(program: Command, context: () => Context): void {
  program
    .command('backup <folder>')
    .description('copy the database and a list of the media to a new folder, while the platform runs')
    .option('--with-media', 'the media too: as hard links where possible, else as copies')
    .option('--with-secrets', 'the keys of second factors too, for a restore on another machine: keep such a backup locked away')
    .addHelpText('after', `${CONTROL_NOTE}\n${examples('capstan backup --with-media /backup/capstan-2026-11-22')}`)
    .action(async (folder: string, { withMedia = false, withSecrets = false }: { withMedia?: boolean; withSecrets?: boolean }) => {
      const { control, env, globals } = context()
      const report = await control()(api.system.backup, { body: { path: fromCaller(folder, env), withMedia, withSecrets } })
      const media = `${report.mediaFiles} media files of ${sizeText(report.mediaBytes)}${report.withMedia ? '' : ' (listed, not copied)'}`
      const secrets = report.withSecrets ? ', keys' : ''
      answer(globals, report, `${plain(report.path)}: database ${sizeText(report.databaseBytes)}, ${media}${secrets}`)
    })

  program
    .command('restore <folder>')
    .description('go back to a backup; the platform restarts itself, what is there now is kept beside it')
    .addHelpText('after', `${CONTROL_NOTE}\n${examples('capstan restore /backup/capstan-2026-11-22')}`)
    .action(async (folder: string) => {
      const { control, env, globals } = context()
      const call = control()
      const reply = await call(api.system.restore, { body: { path: fromCaller(folder, env) } })
      await untilRestarted(call, reply.keptAs)
      answer(globals, reply, `Restored, and running again. What was there is kept in ${plain(reply.keptAs)}`)
    })

  program
    .command('fsck')
    .description('compare rows and files; lists orphaned and missing ones, deletes nothing')
    .addHelpText('after', `${CONTROL_NOTE} Ends with 1 when files are missing.\n${examples('capstan fsck', 'capstan fsck --min-age 0')}`)
    .option('--min-age <seconds>', 'younger files are not called orphaned: a job may be about to name them', seconds, 3_600)
    .action(async ({ minAge }: { minAge: number }) => {
      const { control, globals } = context()
      const report = await control()(api.system.fsck, { body: { minAgeSeconds: minAge } })
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
    .addHelpText('after', `${CONTROL_NOTE}\n${examples('capstan support-bundle capstan-support.zip')}`)
    .action(async (file: string) => {
      const { control, env, globals } = context()
      const reply = await control()(api.system.supportBundle, { body: { path: fromCaller(file, env) } })
      answer(globals, reply, `${plain(reply.path)} (${sizeText(reply.sizeBytes)})`)
    })
}

/** The folder of what was there appears when the restart takes the backup over; after that an answer comes from the new state. */
async function untilRestarted(call: Client, keptAs: string): Promise<void> {
  const end = performance.now() + RESTART_MS_MAX
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    if (!existsSync(keptAs)) continue
    const isBack = await call(api.status.get, {}).then(
      () => true,
      () => false,
    )
    if (isBack) return
  }
  throw new Failure('the backup is taken over, but the platform does not answer yet: look into its log', 1)
}
