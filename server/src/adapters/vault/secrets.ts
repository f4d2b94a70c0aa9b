import { z } from 'zod'
import { CapstanError } from '../../lib/errors.ts'
import { SECRET_NAME, SECRET_VERSIONS_KEPT, type Secret, type Secrets } from '../../ports/secrets.ts'
import { refuseUnfit } from './refuse-unfit.ts'
import { VaultServer, vaultRefusal, type VaultOptions } from './server.ts'

const Version = z.object({ version: z.number() })
const Read = z.object({ data: z.object({ data: z.object({ value: z.base64() }), metadata: Version }) })
const Removed = z.object({ data: z.object({ data: z.null(), metadata: Version }) })
const Written = z.object({ data: z.object({ version: z.number() }) })
const Listed = z.object({ data: z.object({ keys: z.array(z.string()) }) })
/** A KV of version 2 with one secret a name, its value in base 64; Vault counts the versions and compares them. */
export class VaultSecrets implements Secrets {
  readonly #server: VaultServer

  private constructor(server: VaultServer) {
    this.#server = server
  }

  /** Throws `invalid` with one sentence that says what is wrong and what to do. */
  static async open(options: VaultOptions): Promise<VaultSecrets> {
    const server = new VaultServer(options)
    try {
      await refuseUnfit(server)
      return new VaultSecrets(server)
    } catch (error) {
      await server.close()
      throw error instanceof CapstanError && error.code !== 'invalid' ? vaultRefusal(error.message.replace(/^Vault /, 'it '), error) : error
    }
  }

  async get(name: string, version?: number): Promise<Secret | null> {
    checkName(name)
    const asked = version === undefined ? '' : `?version=${version}`
    const { status, json } = await this.#server.ask('GET', `${this.#path('data', name)}${asked}`)
    const found = Read.safeParse(json).data?.data
    if (found) return { version: found.metadata.version, value: Uint8Array.from(Buffer.from(found.data.value, 'base64')) }
    if (status !== 404) throw new CapstanError('unavailable', `what Vault has as ${name} is no secret of Capstan's (${status})`)
    const removed = Removed.safeParse(json).data?.data.metadata
    if (!removed || version !== undefined) return null
    // As if there were none, a new one would be made, and what the old one sealed would be lost.
    throw new CapstanError('unavailable', `version ${removed.version} of the secret ${name} was deleted in Vault: undelete it there`)
  }

  async put(name: string, value: Uint8Array, expectedVersion: number): Promise<number> {
    checkName(name)
    if (expectedVersion > 0) await this.#keepTen(name)
    const body = { options: { cas: expectedVersion }, data: { value: Buffer.from(value).toString('base64') } }
    const { status, json } = await this.#server.ask('POST', this.#path('data', name), body)
    const written = Written.safeParse(json)
    if (written.success) return written.data.data.version
    if (status === 400) throw conflict(name)
    throw new CapstanError(status === 413 ? 'too_large' : 'unavailable', `Vault did not take the secret ${name} (${status})`)
  }

  async delete(name: string): Promise<void> {
    checkName(name)
    const { status } = await this.#server.ask('DELETE', this.#path('metadata', name))
    if (status !== 204 && status !== 404) throw new CapstanError('unavailable', `Vault did not delete the secret ${name} (${status})`)
  }

  async names(): Promise<string[]> {
    const { json } = await this.#server.ask('LIST', this.#path('metadata'))
    return (Listed.safeParse(json).data?.data.keys ?? []).filter((name) => SECRET_NAME.test(name)).sort()
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  /** The mount may have been set to keep another number. A secret has its second version at least when that matters. */
  async #keepTen(name: string): Promise<void> {
    const { status } = await this.#server.ask('PATCH', this.#path('metadata', name), { max_versions: SECRET_VERSIONS_KEPT })
    if (status === 404) throw conflict(name)
    if (status !== 204) throw new CapstanError('unavailable', `Vault did not take how many versions of ${name} to keep (${status})`)
  }

  #path(part: 'data' | 'metadata', name = ''): string {
    const { mount, folder } = this.#server.place
    return `${mount}/${part}/${folder}/${name}`
  }
}

function checkName(name: string): void {
  if (!SECRET_NAME.test(name)) throw new CapstanError('invalid', 'the name of a secret is of small letters, digits and dashes')
}

const conflict = (name: string): CapstanError => new CapstanError('conflict', `the secret ${name} was changed in the meantime`)
