import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Failure } from './failure.ts'

export type Env = Record<string, string | undefined>

/** `tokenId` is null for a token that was made elsewhere: it is not ours to revoke. */
export type Credentials = { url: string; token: string; tokenId: string | null; name: string }

/** Relative paths count from where the person stands, also under npm. */
export const fromCaller = (path: string, env: Env): string => (isAbsolute(path) ? path : resolve(env['INIT_CWD'] ?? process.cwd(), path))

const home = (env: Env): string => env['HOME'] || homedir()

const credentialsFile = (env: Env): string => join(env['XDG_CONFIG_HOME'] || join(home(env), '.config'), 'capstan', 'credentials.json')

export const uploadsFolder = (env: Env): string => join(env['XDG_STATE_HOME'] || join(home(env), '.local', 'state'), 'capstan', 'uploads')

/** From the last `capstan login`; null when there was none. */
export function readCredentials(env: Env): Credentials | null {
  const path = credentialsFile(env)
  if (!existsSync(path)) return null
  const known = parsed(readFileSync(path, 'utf8'))
  if (typeof known?.url !== 'string' || typeof known.token !== 'string')
    throw new Failure(`${path} cannot be read: sign in again with \`capstan login\``)
  return { url: known.url, token: known.token, tokenId: known.tokenId ?? null, name: known.name ?? '' }
}

function parsed(text: string): Partial<Credentials> | null {
  try {
    return JSON.parse(text) as Partial<Credentials> | null
  } catch {
    return null
  }
}

/** Only its owner may read the file, from its first byte on. */
export function writeCredentials(env: Env, credentials: Credentials): string {
  const path = credentialsFile(env)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.new`, JSON.stringify(credentials, null, 2), { mode: 0o600 })
  chmodSync(`${path}.new`, 0o600)
  renameSync(`${path}.new`, path)
  return path
}

export const forgetCredentials = (env: Env): void => rmSync(credentialsFile(env), { force: true })
