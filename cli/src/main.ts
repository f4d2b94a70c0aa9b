import { Command, CommanderError } from 'commander'
import { adminCommands } from './commands/admin.ts'
import { assetCommands } from './commands/assets.ts'
import { ingestCommand } from './commands/ingest.ts'
import { loginCommands } from './commands/login.ts'
import { workCommands } from './commands/work.ts'
import { completionScript } from './completion.ts'
import { createContext, type Globals } from './context.ts'
import { explain, Failure } from './failure.ts'
import { printLine } from './print.ts'
import { readCredentials } from './settings.ts'

const program = new Command('capstan')
  .description('Capstan on the command line: take media in, find it, steer its workflows')
  .option('--json', 'answer as JSON', false)
  .option('--url <url>', 'the platform (else CAPSTAN_URL, else the last login)')
  .option('--token <token>', 'an API token (else CAPSTAN_TOKEN, else the last login)')
  .option('--data <folder>', 'the data folder, for what works without signing in (./data)')
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 something failed, 2 wrong use or not reachable.\nExamples:\n  capstan login\n  capstan ingest film.mov\n  capstan search "kind:video forest"\n  capstan jobs watch',
  )
  .exitOverride()
  .showHelpAfterError()

const context = () => createContext(process.env, program.opts<Globals>())

loginCommands(program, context)
ingestCommand(program, context)
assetCommands(program, context)
workCommands(program, context)
adminCommands(program, context)
program
  .command('completion <shell>')
  .description('a completion script for bash or zsh')
  .addHelpText('after', '\nExample:\n  eval "$(capstan completion bash)"')
  .action((shell: string) => {
    if (shell !== 'bash' && shell !== 'zsh') throw new Failure('completion knows bash and zsh')
    printLine(completionScript(program, shell))
  })

for (const command of allCommands(program)) command.exitOverride()

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((sub) => [sub as Command, ...allCommands(sub as Command)])
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { message, exitCode } = explain(error, program.opts<Globals>().url ?? readCredentials(process.env)?.url ?? null)
  process.stderr.write(`capstan: ${message}\n`)
  return exitCode
}
