import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16
export const SEALING_KEY_BYTES = 32

/** A sealed text begins with the id of its key and a dot; what is sealed is kept only where no open text can look so. */
const SEALED = /^(\d+)-([0-9a-f]{8})\.([\w-]+)$/

export type SealingKey = Readonly<{ version: number; bytes: Uint8Array }>

/** Tells keys apart that have the same version: one that was lost, and the one made in its place. */
export const sealingKeyId = ({ version, bytes }: SealingKey): string =>
  `${version}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`

/** The key's id and version of a sealed text; null for one that is not sealed. */
export function sealedWith(sealed: string): { keyId: string; version: number } | null {
  const [, version, print] = SEALED.exec(sealed) ?? []
  return version === undefined ? null : { keyId: `${version}-${print}`, version: Number(version) }
}

/** AES-256-GCM. Opens only with the same key and the same `boundTo`, so that a text moved to another place is refused. */
export function seal(text: string, key: SealingKey, boundTo: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(boundTo))
  const parts = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return `${sealingKeyId(key)}.${Buffer.concat(parts).toString('base64url')}`
}

/** Null for a text that was sealed with another key, for another place, or changed since. */
export function unseal(sealed: string, key: SealingKey, boundTo: string): string | null {
  if (sealedWith(sealed)?.keyId !== sealingKeyId(key)) return null
  const bytes = Buffer.from(sealed.slice(sealed.indexOf('.') + 1), 'base64url')
  if (bytes.length < IV_BYTES + TAG_BYTES) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
