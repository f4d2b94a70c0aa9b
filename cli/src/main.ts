import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { adminCommands } from './commands/admin.ts'
import { assetCommands } from './commands/assets.ts'
import { downloadCommand } from './commands/download.ts'
import { ingestCommand } from './commands/ingest.ts'
import { jobCommands } from './commands/jobs.ts'
import { loginCommands } from './commands/login.ts'
import { maintenanceCommands } from './commands/maintenance.ts'
import { publishCommands } from './commands/publish.ts'
import { runCommands } from './commands/runs.ts'
import { searchCommand } from './commands/search.ts'
import { workflowCommands } from './commands/workflow.ts'
import { completionScript, SHELLS } from './completion.ts'
import { createContext, type Globals } from './context.ts'
import { explain, Failure } from './failure.ts'
import { examples } from './options.ts'
import { answer, plainLines } from './print.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }

const program = new Command('capstan')
  .description('Capstan on the command line: take media in, find it, steer its workflows')
  .version(version)
  .option('--json', 'answer as JSON', false)
  .option('--url <url>', 'the platform (else CAPSTAN_URL, else the last login)')
  .option('--data <folder>', 'the data folder, for what works without signing in (else CAPSTAN_DATA, else ./data)')
  .addHelpText(
    'after',
    `
CAPSTAN_TOKEN gives an API token instead of \`capstan login\`.
Exit codes: 0 done, 1 something failed, 2 wrong use or not reachable.
${examples('capstan login', 'capstan ingest film.mov --wait', "capstan search 'kind:video forest'", 'capstan jobs watch')}`,
  )
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .showHelpAfterError('Add --help to see the use and examples.')

const context = () => createContext(process.env, program.opts<Globals>())

loginCommands(program, context)
ingestCommand(program, context)
assetCommands(program, context)
searchCommand(program, context)
downloadCommand(program, context)
workflowCommands(program, context)
runCommands(program, context)
jobCommands(program, context)
publishCommands(program, context)
maintenanceCommands(program, context)
adminCommands(program, context)
program
  .command('completion <shell>')
  .description('a completion script for bash, zsh or fish')
  .addHelpText(
    'after',
    examples(
      'eval "$(capstan completion bash)"',
      'capstan completion zsh >> ~/.zshrc',
      'capstan completion fish > ~/.config/fish/completions/capstan.fish',
    ),
  )
  .action((name: string) => {
    const shell = SHELLS.find((known) => known === name)
    if (!shell) throw new Failure(`completion knows ${SHELLS.join(', ')}`)
    const script = completionScript(program, shell)
    answer(context().globals, { shell, script }, script.trimEnd())
  })

// Somebody who reads only the first lines (`capstan assets | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

/** Faults go to stderr, with --json as an object. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { globals, baseUrl } = context()
  const { exitCode, ...told } = explain(error, knownUrl(baseUrl))
  if (globals.json) process.stderr.write(`${JSON.stringify({ error: told })}\n`)
  else process.stderr.write(`capstan: ${plainLines(told.message)}\n`)
  return exitCode
}

/** Where the fault is that the address cannot be read, the message says so already. */
function knownUrl(baseUrl: () => string): string {
  try {
    return baseUrl()
  } catch {
    return 'the platform'
  }
}
