import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'

export type Env = Record<string, string | undefined>
export type Credentials = { url: string; token: string; name: string }

/** Relative paths count from where the person stands, also under npm. */
export const fromCaller = (path: string, env: Env): string => (isAbsolute(path) ? path : resolve(env['INIT_CWD'] ?? process.cwd(), path))

const credentialsFile = (env: Env): string =>
  join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'capstan', 'credentials.json')

export const uploadsFile = (env: Env): string =>
  join(env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'state'), 'capstan', 'uploads.json')

/** From the environment, else from the last `capstan login`; null when there is neither. */
export function readCredentials(env: Env): Credentials | null {
  if (env['CAPSTAN_TOKEN']) return { url: env['CAPSTAN_URL'] ?? 'http://127.0.0.1:8080', token: env['CAPSTAN_TOKEN'], name: 'token' }
  const path = credentialsFile(env)
  if (!existsSync(path)) return null
  return JSON.parse(readFileSync(path, 'utf8')) as Credentials
}

export function writeCredentials(env: Env, credentials: Credentials): string {
  const path = credentialsFile(env)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, JSON.stringify(credentials, null, 2), { mode: 0o600 })
  chmodSync(path, 0o600)
  return path
}

export const forgetCredentials = (env: Env): void => rmSync(credentialsFile(env), { force: true })
