import { cancel, isCancel, password as askPassword, text as askText } from '@clack/prompts'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import { ApiError, createClient } from '@capstan/contract/client'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { printLine } from '../print.ts'
import { forgetCredentials, writeCredentials } from '../settings.ts'

const TOKEN_DAYS = 30

export function loginCommands(program: Command, context: () => Context): void {
  program
    .command('login [url]')
    .description('sign in; keeps an API token for 30 days in a file only you can read')
    .option('--name <name>', 'user name')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText(
      'after',
      '\nExamples:\n  capstan login\n  capstan login https://capstan.example.org --name ada\n  echo "$PASSWORD" | capstan login --name ada --password-stdin',
    )
    .action(async (url: string | undefined, options: { name?: string; passwordStdin?: boolean }) => {
      const { env, globals } = context()
      const baseUrl = (url ?? globals.url ?? env['CAPSTAN_URL'] ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
      const name = options.name ?? (await ask(() => askText({ message: 'User name', initialValue: 'admin' })))
      const password = options.passwordStdin ? await readStdin() : await ask(() => askPassword({ message: 'Password' }))
      const token = await signIn(baseUrl, name, password)
      const path = writeCredentials(env, { url: baseUrl, token, name })
      printLine(`Signed in at ${baseUrl} as ${name}; the token is in ${path}`)
    })

  program
    .command('logout')
    .description('forget the token of this machine')
    .action(() => {
      forgetCredentials(context().env)
      printLine('Signed out')
    })
}

async function signIn(baseUrl: string, name: string, password: string): Promise<string> {
  let cookie = ''
  let csrf = ''
  const client = createClient({
    baseUrl,
    headers: () => ({ ...(cookie ? { cookie, 'x-csrf-token': csrf } : {}) }),
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return response
    },
  })
  const withCode = async (code?: string) => client(api.sessions.create, { body: { name, password, ...(code ? { code } : {}) } })
  const session = await withCode().catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.problem.details?.['reason'] !== 'totp_required') throw error
    return withCode(await ask(() => askText({ message: 'Code of your authenticator' })))
  })
  csrf = session.csrfToken
  const { token } = await client(api.tokens.create, { body: { name: 'capstan command line', expiresInDays: TOKEN_DAYS } })
  await client(api.sessions.remove, { params: { id: 'current' } })
  return token
}

async function ask(prompt: () => Promise<string | symbol>): Promise<string> {
  if (!process.stdin.isTTY) throw new Failure('there is no terminal to ask on: use --name and --password-stdin, or set CAPSTAN_TOKEN')
  const answer = await prompt()
  if (typeof answer === 'string' && !isCancel(answer)) return answer
  cancel('Stopped')
  throw new Failure('stopped')
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
