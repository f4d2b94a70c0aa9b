import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal, sealedWith, sealingKeyId, unseal } from './sealing.ts'

const key = { version: 3, bytes: randomBytes(32) }

test('opens with its key where it belongs, and is different each time', () => {
  const sealed = seal('SECRET ö', key, 'user 1')
  expect(unseal(sealed, key, 'user 1')).toBe('SECRET ö')
  expect(sealed).not.toContain('SECRET')
  expect(seal('SECRET ö', key, 'user 1')).not.toBe(sealed)
  expect(sealedWith(sealed)).toEqual({ keyId: sealingKeyId(key), version: 3 })
})

test('opens for nobody else, with no other key of the same version, and not when a bit was changed', () => {
  const sealed = seal('SECRET', key, 'user 1')
  expect(unseal(sealed, key, 'user 2')).toBeNull()
  expect(unseal(sealed, { version: 3, bytes: randomBytes(32) }, 'user 1')).toBeNull()
  const [id, body] = sealed.split('.') as [string, string]
  const bytes = Buffer.from(body, 'base64url')
  for (const at of [0, 14, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    expect(unseal(`${id}.${changed.toString('base64url')}`, key, 'user 1')).toBeNull()
  }
  expect(unseal(`${id}.AAAA`, key, 'user 1')).toBeNull()
})

test.each(['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', '', 'a.b', '1.AAAA'])('%j is not sealed', (text) => expect(sealedWith(text)).toBeNull())
