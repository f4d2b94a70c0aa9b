import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ask, askSurely } from './ask.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { findProgram } from './obtain/command.ts'
import { fromGo } from './obtain/go.ts'
import { freePort } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const GO_MOD = fileURLToPath(new URL('./vault/go.mod', import.meta.url))

/**
 * A Vault that keeps its secrets over restarts and is unsealed after each, with KV version 2 at `secret/` and AppRole at `auth/approle/`. The password of
 * its address is the root token.
 */
export const startVault = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('vault', options, startOwn)

export const obtainVault = async (): Promise<string> =>
  findProgram('vault') ?? fromGo({ name: 'vault', version: '1.19.0', package: 'github.com/hashicorp/vault', goMod: GO_MOD })

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await obtainVault()
  const folder = serverFolder('vault')
  const certificates = tls ? await makeCertificates(folder) : null
  const port = await freePort()
  const config = join(folder, 'vault.json')
  await writeFile(config, JSON.stringify(configuration(folder, port, certificates)))
  const scheme = tls ? 'https' : 'http'
  const keeper = new Keeper(`${scheme}://127.0.0.1:${port}/v1/`, certificates?.ca ?? null)
  const server = await ServerProcess.start({
    name: 'Vault',
    command,
    args: ['server', `-config=${config}`],
    env: { ...process.env, HOME: folder },
    folder,
    ready: () => keeper.open(),
  })
  const stop = () => endAll([server], folder)
  try {
    await keeper.mount()
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `${scheme}://root:${keeper.token}@127.0.0.1:${port}`, ca: certificates?.ca ?? null, control: server, stop }
}

const configuration = (folder: string, port: number, certificates: Certificates | null) => ({
  storage: { file: { path: join(folder, 'data') } },
  listener: [
    {
      tcp: {
        address: `127.0.0.1:${port}`,
        ...(certificates ? { tls_cert_file: certificates.certFile, tls_key_file: certificates.keyFile } : { tls_disable: true }),
      },
    },
  ],
  api_addr: `${certificates ? 'https' : 'http'}://127.0.0.1:${port}`,
  disable_mlock: true,
  ui: false,
})

/** Holds the one key and the root token of a new Vault. */
class Keeper {
  readonly #api: string
  readonly #ca: string | null
  #key: string | null = null
  token = ''

  constructor(api: string, ca: string | null) {
    this.#api = api
    this.#ca = ca
  }

  async open(): Promise<void> {
    const { json } = await ask(`${this.#api}sys/health`, { ca: this.#ca })
    const { initialized, sealed } = json as { initialized: boolean; sealed: boolean }
    if (!initialized) await this.#initialize()
    if (sealed) await this.#send('sys/unseal', { key: this.#key })
    const after = await ask(`${this.#api}sys/health`, { ca: this.#ca })
    if (after.status !== 200) throw new Error(`Vault answers ${after.status}`)
  }

  async mount(): Promise<void> {
    await this.#send('sys/mounts/secret', { type: 'kv', options: { version: '2' } })
    await this.#send('sys/auth/approle', { type: 'approle' })
  }

  async #initialize(): Promise<void> {
    const answer = await this.#send('sys/init', { secret_shares: 1, secret_threshold: 1 })
    const { keys_base64: keys, root_token: token } = answer as { keys_base64: string[]; root_token: string }
    this.#key = keys[0] ?? null
    this.token = token
  }

  #send(path: string, body: unknown): Promise<unknown> {
    const headers = this.token ? { 'x-vault-token': this.token } : {}
    return askSurely(`${this.#api}${path}`, { method: 'POST', headers, body, ca: this.#ca, limitMs: 15_000 })
  }
}
