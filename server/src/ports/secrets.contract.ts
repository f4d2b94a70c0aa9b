import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SECRET_VERSIONS_KEPT, type Secrets } from './secrets.ts'

/** `again` is another process over the same secrets. */
type Opened = { secrets: Secrets; again(): Secrets; close(): Promise<void> }

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

/** What every store of secrets promises. */
export function secretsContract(name: string, open: () => Promise<Opened>): void {
  describe(`secrets: ${name}`, () => {
    let opened: Opened
    let secrets: Secrets
    beforeEach(async () => {
      opened = await open()
      secrets = opened.secrets
    })
    afterEach(() => opened.close())

    test('what was put is read back, by every process, as the newest and by its version', async () => {
      const any = Uint8Array.from({ length: 256 }, (_, index) => index)
      expect(await secrets.put('totp', any, 0)).toBe(1)
      expect(await secrets.put('totp', bytes('second'), 1)).toBe(2)
      for (const reader of [secrets, opened.again()]) {
        expect(await reader.get('totp')).toEqual({ version: 2, value: bytes('second') })
        expect(await reader.get('totp', 1)).toEqual({ version: 1, value: any })
      }
    })

    test('what is not there is null', async () => {
      await secrets.put('totp', bytes('x'), 0)
      expect(await secrets.get('other')).toBeNull()
      expect(await secrets.get('constructor')).toBeNull()
      expect(await secrets.get('totp', 2)).toBeNull()
    })

    test('a rotation made elsewhere is noticed by the next reading', async () => {
      await secrets.put('totp', bytes('first'), 0)
      expect((await secrets.get('totp'))?.version).toBe(1)
      await opened.again().put('totp', bytes('second'), 1)
      expect(await secrets.get('totp')).toEqual({ version: 2, value: bytes('second') })
    })

    test('of two that put the same version one wins', async () => {
      const outcomes = await Promise.allSettled([secrets.put('totp', bytes('a'), 0), secrets.put('totp', bytes('b'), 0)])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'conflict' })
      expect((await secrets.get('totp'))?.version).toBe(1)
      await expect(secrets.put('totp', bytes('c'), 7)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('the newest ten versions stay', async () => {
      for (let version = 0; version <= SECRET_VERSIONS_KEPT; version++) await secrets.put('totp', bytes(`${version}`), version)
      expect(await secrets.get('totp', 1)).toBeNull()
      expect(await secrets.get('totp', 2)).toEqual({ version: 2, value: bytes('1') })
    })

    test('lists names and forgets what was deleted', async () => {
      expect(await secrets.names()).toEqual([])
      for (const each of ['zoo', 'alpha']) await secrets.put(each, bytes('x'), 0)
      expect(await secrets.names()).toEqual(['alpha', 'zoo'])
      await secrets.delete('zoo')
      await secrets.delete('zoo')
      expect(await secrets.names()).toEqual(['alpha'])
      expect(await secrets.get('zoo')).toBeNull()
    })

    test.each(['', '../x', 'a/b', 'A', '__proto__', 'a\0', 'a'.repeat(65)])('the name %j is refused', async (bad) => {
      await expect(secrets.put(bad, bytes('x'), 0)).rejects.toMatchObject({ code: 'invalid' })
      await expect(secrets.get(bad)).rejects.toMatchObject({ code: 'invalid' })
      await expect(secrets.delete(bad)).rejects.toMatchObject({ code: 'invalid' })
    })
  })
}
