import { randomBytes } from 'node:crypto'
import { CapstanError } from '../../lib/errors.ts'
import { seal, sealedWith, SEALING_KEY_BYTES, sealingKeyId, unseal, type SealingKey } from '../../lib/sealing.ts'
import type { Secrets } from '../../ports/secrets.ts'
import type { User } from './domain/user.ts'

const KEY = 'totp'

type Owner = Pick<User, 'accountId' | 'id'>

/** Whose it is, in what is sealed: another user's second factor put in a row opens nothing. */
const boundTo = ({ accountId, id }: Owner): string => `totp/${accountId}/${id}`

/** Closes and opens the secrets of second factors with a key that is not in the database. The key is made when it is first needed. */
export class TotpSeal {
  readonly #secrets: Pick<Secrets, 'get' | 'put'>

  constructor(secrets: Pick<Secrets, 'get' | 'put'>) {
    this.#secrets = secrets
  }

  /** Sealed with the newest key. */
  async close(owner: Owner, secret: string): Promise<string> {
    return seal(secret, await this.#newestKey(), boundTo(owner))
  }

  /** Throws `unavailable` without the key it was sealed with. */
  async open(owner: Owner, sealed: string): Promise<string> {
    const secret = await this.#opened(owner, sealed)
    if (secret !== null) return secret
    throw new CapstanError(
      'unavailable',
      'the key of the second factors is missing here: sign in with a recovery code, or have whoever runs the platform put its secrets back',
      { details: { reason: 'totp_key_missing' } },
    )
  }

  /** The same secret sealed with the newest key, also when it was not sealed at all; null when it cannot be opened. */
  async renewed(owner: Owner, kept: string): Promise<string | null> {
    const secret = sealedWith(kept) ? await this.#opened(owner, kept) : kept
    return secret === null ? null : this.close(owner, secret)
  }

  /** With it begins every secret that needs no renewal; null before the first key. */
  async newestKeyId(): Promise<string | null> {
    const newest = await this.#key()
    return newest && sealingKeyId(newest)
  }

  async #opened(owner: Owner, sealed: string): Promise<string | null> {
    const key = await this.#key(sealedWith(sealed)?.version)
    return key && unseal(sealed, key, boundTo(owner))
  }

  async #newestKey(): Promise<SealingKey> {
    const known = await this.#key()
    if (known) return known
    await this.#secrets.put(KEY, randomBytes(SEALING_KEY_BYTES), 0).catch((error: unknown) => {
      // Somebody else made it at the same moment.
      if (!(error instanceof CapstanError && error.code === 'conflict')) throw error
    })
    return (await this.#key())!
  }

  async #key(version?: number): Promise<SealingKey | null> {
    const found = await this.#secrets.get(KEY, version)
    return found && { version: found.version, bytes: found.value }
  }
}
