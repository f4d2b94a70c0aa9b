import { cancel, isCancel, password as askPassword, text as askText } from '@clack/prompts'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import { ApiError, createClient } from '@capstan/contract/client'
import { bareUrl, type Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples } from '../options.ts'
import { answer, plain } from '../print.ts'
import { forgetCredentials, readCredentials, writeCredentials, type Credentials } from '../settings.ts'

const TOKEN_DAYS = 30
const STDIN_BYTES_MAX = 10_000

type Options = { name?: string; passwordStdin?: boolean; tokenStdin?: boolean; code?: string }

export function loginCommands(program: Command, context: () => Context): void {
  program
    .command('login [url]')
    .description(`sign in; keeps an API token for ${TOKEN_DAYS} days in a file only you can read`)
    .option('--name <name>', 'user name')
    .option('--password-stdin', 'read the password from standard input')
    .option('--code <code>', 'code of your authenticator, or a recovery code, where nobody can be asked')
    .option('--token-stdin', 'keep an API token made elsewhere, read from standard input')
    .addHelpText(
      'after',
      examples(
        'capstan login',
        'capstan login https://capstan.example.org --name ada',
        'capstan login --name ada --password-stdin < password.txt',
        'capstan login --token-stdin < token.txt',
      ),
    )
    .action(async (url: string | undefined, options: Options) => {
      const { env, globals, baseUrl } = context()
      const target = url ? webUrl(url) : baseUrl()
      const known = options.tokenStdin ? await keepToken(target) : await signIn(target, options)
      await revoke(readCredentials(env)).catch(() => false)
      const path = writeCredentials(env, known)
      answer(globals, { url: known.url, name: known.name, path }, `Signed in at ${target} as ${plain(known.name)}; the token is in ${path}`)
    })

  program
    .command('logout')
    .description('revoke the token of this machine and forget it')
    .addHelpText('after', examples('capstan logout'))
    .action(async () => {
      const { env, globals } = context()
      const known = readCredentials(env)
      const revoked = await revoke(known).catch(() => false)
      forgetCredentials(env)
      const told = revoked ? 'Signed out' : 'The token is forgotten here; it was not revoked at the platform, where it ends by itself'
      answer(globals, { signedOut: true, revoked }, known ? told : 'Nobody was signed in')
    })
}

function webUrl(text: string): string {
  if (/^https?:\/\/[^/\s]/.test(text)) return bareUrl(text)
  throw new Failure(`"${plain(text)}" is no address: write it as https://capstan.example.org`)
}

async function keepToken(url: string): Promise<Credentials> {
  const token = await readStdin()
  const { name } = await createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${token}` }) })(api.users.me, {})
  return { url, token, tokenId: null, name }
}

async function signIn(url: string, options: Options): Promise<Credentials> {
  const name = options.name ?? (await ask(() => askText({ message: 'User name', initialValue: 'admin' })))
  const password = options.passwordStdin ? await readStdin() : await ask(() => askPassword({ message: 'Password' }))
  let cookie = ''
  let csrf = ''
  const client = createClient({
    baseUrl: url,
    headers: () => (cookie ? { cookie, 'x-csrf-token': csrf } : {}),
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return response
    },
  })
  const withCode = (code?: string) => client(api.sessions.create, { body: { name, password, ...(code ? { code } : {}) } })
  const session = await withCode(options.code).catch(async (error: unknown) => {
    if (!(error instanceof ApiError)) throw error
    if (error.problem.details?.['reason'] === 'totp_required') return withCode(await askCode())
    // Wrong sign-ins are told as they are: "sign in" would be no advice here.
    throw new Failure(error.problem.detail, 1)
  })
  csrf = session.csrfToken
  const made = await client(api.tokens.create, { body: { name: 'capstan command line', expiresInDays: TOKEN_DAYS } })
  await client(api.sessions.remove, { params: { id: 'current' } })
  return { url, token: made.token, tokenId: made.id, name: session.user.name }
}

/** Answers whether the token that an earlier login made is no more. */
async function revoke(known: Credentials | null): Promise<boolean> {
  if (!known?.tokenId) return false
  const call = createClient({ baseUrl: known.url, headers: () => ({ authorization: `Bearer ${known.token}` }), timeoutMs: 5_000 })
  await call(api.tokens.remove, { params: { id: known.tokenId } })
  return true
}

const askCode = (): Promise<string> =>
  process.stdin.isTTY
    ? ask(() => askText({ message: 'Code of your authenticator' }))
    : Promise.reject(new Failure('this user has a second factor: give its code with --code', 1))

async function ask(prompt: () => Promise<string | symbol>): Promise<string> {
  if (!process.stdin.isTTY) throw new Failure('there is no terminal to ask on: use --name and --password-stdin, or set CAPSTAN_TOKEN')
  const said = await prompt()
  if (typeof said === 'string' && !isCancel(said)) return said
  cancel('Stopped')
  throw new Failure('stopped')
}

async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) throw new Failure('nothing comes in on standard input: pipe it in, for example from a file')
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer)
    if ((bytes += (chunk as Buffer).length) > STDIN_BYTES_MAX) throw new Failure('standard input brings more than a password')
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (!text) throw new Failure('standard input was empty')
  return text
}
