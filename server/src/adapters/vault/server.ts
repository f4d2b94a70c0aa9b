import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { CapstanError } from '../../lib/errors.ts'
import { requestJson, whyNotReached, type JsonAnswer } from '../../lib/json-request.ts'

export type VaultOptions = Readonly<{
  /** https://role-id@host:8200/mount/folder: the AppRole that Capstan is, and where in a KV of version 2 its secrets lie (`secret/capstan`). */
  url: string
  /** The secret id of the role; read again at each login, so that a new one counts. */
  secretIdFile: string
  /** Checks the server's certificate against this authority (PEM); without one against those that Node knows. */
  tls?: Readonly<{ ca?: string }>
  /** Where AppRole is mounted. */
  authMount?: string
}>

export type VaultPlace = Readonly<{ origin: string; roleId: string; mount: string; folder: string }>

const ANSWER_MS_MAX = 5_000
const RETRY_MS = 1_000
/** Of its time: then a token is renewed, which leaves a third for attempts. */
const RENEWED_AFTER = 2 / 3
const SETTING_URL = 'CAPSTAN_VAULT_URL'
const SETTING_SECRET = 'CAPSTAN_VAULT_PASSWORD_FILE'
const SETTING_CA = 'CAPSTAN_VAULT_CA_FILE'

const Auth = z.object({ auth: z.object({ client_token: z.string(), lease_duration: z.number(), renewable: z.boolean() }) })
type Auth = z.infer<typeof Auth>['auth']

export const vaultRefusal = (sentence: string, cause?: unknown): CapstanError =>
  new CapstanError('invalid', `Vault: ${sentence}`, { cause })

const unavailable = (sentence: string, cause?: unknown): CapstanError => new CapstanError('unavailable', `Vault ${sentence}`, { cause })

/** A Vault under a token of an AppRole, which is renewed before it ends and taken anew when it is gone. */
export class VaultServer {
  readonly place: VaultPlace
  readonly #options: VaultOptions
  #token: string | null = null
  #login: Promise<string> | null = null
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(options: VaultOptions) {
    this.place = placeOf(options.url)
    this.#options = options
  }

  /** With the token; logs in before, or once more when the token is gone. Throws `unavailable` with the reason when Vault cannot be asked. */
  async ask(method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    const token = this.#token ?? (await this.#loggedIn())
    const answer = await this.#askWith(token, method, path, body)
    if (answer.status !== 403) return answer
    if (this.#token === token) this.#token = null
    const again = await this.#askWith(await this.#loggedIn(), method, path, body)
    if (again.status === 403) throw unavailable(`does not let this role do that: ${method} ${path} must be in its policy`)
    return again
  }

  /** Without a token. Rejects with Node's error when nobody answers. */
  askOpenly(method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    return this.#send(method, path, { body, headers: {} })
  }

  /** Gives the token back. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#login?.catch(() => {})
    if (this.#timer) clearTimeout(this.#timer)
    const token = this.#token
    this.#token = null
    if (token) await this.#send('POST', 'auth/token/revoke-self', { headers: { 'x-vault-token': token } }).catch(() => {})
  }

  /** Many that need a token at once take one. */
  #loggedIn(): Promise<string> {
    this.#login ??= this.#logIn().finally(() => void (this.#login = null))
    return this.#login
  }

  async #logIn(): Promise<string> {
    if (this.#token) return this.#token
    const { authMount = 'approle', secretIdFile } = this.#options
    const secretId = (await readSecretId(secretIdFile)).trim()
    const body = { role_id: this.place.roleId, secret_id: secretId }
    const { status, json } = await this.#surely(() => this.askOpenly('POST', `auth/${authMount}/login`, body))
    const parsed = Auth.safeParse(json)
    if (status === 403 || status === 404) throw unavailable(`lets nobody log in at auth/${authMount}: is there an AppRole?`)
    if (status !== 200 || !parsed.success) throw unavailable(`refuses the role or its secret id: see ${SETTING_URL} and ${SETTING_SECRET}`)
    this.#use(parsed.data.auth)
    return parsed.data.auth.client_token
  }

  #use({ client_token: token, lease_duration: leaseS, renewable }: Auth): void {
    this.#token = token
    if (leaseS > 0) this.#wake(leaseS * 1_000 * RENEWED_AFTER, () => this.#renew(token, { leaseS, renewable }))
  }

  #wake(delayMs: number, act: () => Promise<void>): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void act(), Math.min(delayMs, 2 ** 31 - 1)).unref()
  }

  /** A token that was given less than it had is at the end of its longest life: a new one is taken while it still works. */
  async #renew(token: string, { leaseS, renewable }: { leaseS: number; renewable: boolean }): Promise<void> {
    if (this.#token !== token) return
    try {
      const renewed = renewable ? await this.#renewed(token) : null
      const isWhole = renewed !== null && renewed.lease_duration >= leaseS
      this.#token = null
      if (isWhole) this.#use(renewed)
      if (!isWhole) await this.#loggedIn()
    } catch {
      // Whoever asks next says why; until then it is tried again, with the old token while that lives.
      this.#token ??= token
      this.#wake(RETRY_MS, () => this.#renew(token, { leaseS, renewable }))
    }
  }

  async #renewed(token: string): Promise<Auth | null> {
    const { json } = await this.#askWith(token, 'POST', 'auth/token/renew-self', {})
    return Auth.safeParse(json).data?.auth ?? null
  }

  #askWith(token: string, method: string, path: string, body?: unknown): Promise<JsonAnswer> {
    return this.#surely(() => this.#send(method, path, { body, headers: { 'x-vault-token': token } }))
  }

  /** Translates what is not an answer about the question. */
  async #surely(send: () => Promise<JsonAnswer>): Promise<JsonAnswer> {
    const answer = await send().catch((error: unknown) => {
      throw unavailable(`cannot be reached: ${whyVaultIsAway(error)}`, error)
    })
    if (answer.status === 503 && (await this.#isSealed())) throw unavailable('is sealed: unseal it')
    if (answer.status === 429 || answer.status >= 500 || (answer.status >= 300 && answer.status < 400))
      throw unavailable(`cannot answer now (${answer.status})`)
    return answer
  }

  async #isSealed(): Promise<boolean> {
    const answer = await this.askOpenly('GET', 'sys/seal-status').catch(() => null)
    return z.object({ sealed: z.literal(true) }).safeParse(answer?.json).success
  }

  #send(method: string, path: string, { body, headers }: { body?: unknown; headers: Record<string, string> }): Promise<JsonAnswer> {
    return requestJson(`${this.place.origin}/v1/${path}`, {
      method,
      headers: { ...headers, 'x-vault-request': 'true', ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}) },
      body,
      ca: this.#options.tls?.ca ?? null,
      limitMs: ANSWER_MS_MAX,
    })
  }
}

export const whyVaultIsAway = (error: unknown): string => whyNotReached(error, { url: SETTING_URL, caFile: SETTING_CA })

async function readSecretId(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw unavailable(`cannot be asked: the file of ${SETTING_SECRET} cannot be read`, error)
  }
}

const DEFAULT_PLACE = ['secret', 'capstan']

function placeOf(url: string): VaultPlace {
  const parsed = URL.canParse(url) && /^https?:/.test(url) ? new URL(url) : null
  const path = parsed?.pathname.split('/').filter((part) => part !== '') ?? []
  const parts = path.length === 0 ? DEFAULT_PLACE : path
  if (!parsed || !parsed.username || parsed.password || parsed.search || parts.length < 2)
    throw vaultRefusal(`${SETTING_URL} is no address: https://role-id@host:8200/mount/folder`)
  return { origin: parsed.origin, roleId: decodeURIComponent(parsed.username), mount: parts.slice(0, -1).join('/'), folder: parts.at(-1)! }
}
