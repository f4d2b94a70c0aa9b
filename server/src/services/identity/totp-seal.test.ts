import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { SqlUserStore } from '../../adapters/sql/account-store.ts'
import { all, run, statement } from '../../adapters/sql/database.ts'
import { totpCode } from './domain/totp.ts'
import { PASSWORD, signedIn, startIdentity, type TestPlatform } from './testing.ts'

const MINUTE_MS = 60_000
const OPEN_SECRETS = ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU']

const kept = (platform: TestPlatform) =>
  platform.database.read(() =>
    all<{ name: string; totp_secret: string }>(
      statement('select name, totp_secret from identity_user where totp_secret is not null order by name'),
    ),
  )

async function enrolled(platform: TestPlatform) {
  const { headers } = await signedIn(platform)
  const begun = await platform.send('POST', '/users/me/totp', { headers, body: { currentPassword: PASSWORD } })
  const secret = begun.body.secret as string
  const code = totpCode(secret, platform.clock.now())
  const { body } = await platform.send('POST', '/users/me/totp/confirm', { headers, body: { code } })
  platform.clock.advance(MINUTE_MS)
  return { headers, secret, recoveryCodes: body.recoveryCodes as string[] }
}

const signIn = (platform: TestPlatform, code: string, name = 'admin') =>
  platform.send('POST', '/sessions', { body: { name, password: PASSWORD, code } })

/** Users as a release kept them that did not seal: three of them, switched on. */
async function withOpenSecrets() {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  for (const [index, secret] of OPEN_SECRETS.entries()) {
    const name = `user${index}`
    await platform.send('POST', '/users', { headers, body: { name, password: PASSWORD } })
    const set = statement('update identity_user set totp_secret = ?, totp_enabled = 1, totp_last_step = 0 where name = ?', [secret, name])
    await platform.database.write(() => run(set))
  }
  return { platform, headers }
}

test('the secret is in no file of the database, and the codes it makes open', async () => {
  const platform = await startIdentity()
  const { secret } = await enrolled(platform)
  await platform.restart()
  for (const name of readdirSync(platform.folder)) expect(readFileSync(join(platform.folder, name)).includes(secret)).toBe(false)
  expect((await signIn(platform, totpCode(secret, platform.clock.now()))).status).toBe(201)
})

test('a second factor that was moved to another user opens nothing', async () => {
  const platform = await startIdentity()
  const { headers, secret } = await enrolled(platform)
  await platform.send('POST', '/users', { headers, body: { name: 'bob', password: PASSWORD } })
  const move = 'update identity_user set totp_secret = ?, totp_enabled = 1, totp_last_step = 0 where name = ?'
  const sealed = (await kept(platform))[0]?.totp_secret
  await platform.database.write(() => run(statement(move, [sealed, 'bob'])))
  expect((await signIn(platform, totpCode(secret, platform.clock.now()), 'bob')).status).toBe(503)
})

test('what an earlier release kept open is sealed at the start, leaves no trace in the files and goes on to work', async () => {
  const { platform } = await withOpenSecrets()
  await platform.restart()
  const found = await kept(platform)
  expect(found.map(({ name }) => name)).toEqual(['user0', 'user1', 'user2'])
  for (const { totp_secret } of found) expect(totp_secret).toMatch(/^1-[0-9a-f]{8}\.[\w-]{80}$/)
  for (const [index, secret] of OPEN_SECRETS.entries())
    expect((await signIn(platform, totpCode(secret, platform.clock.now()), `user${index}`)).status).toBe(201)
  await platform.restart()
  for (const name of readdirSync(platform.folder))
    for (const secret of OPEN_SECRETS) expect(readFileSync(join(platform.folder, name)).includes(secret), name).toBe(false)
})

test('sealing that was cut off in the middle is finished by the next start', async () => {
  const { platform } = await withOpenSecrets()
  let left = 1
  const write = Reflect.get(SqlUserStore.prototype, 'replaceTotpSecret')
  const replace = vi.spyOn(SqlUserStore.prototype, 'replaceTotpSecret').mockImplementation(function (this: SqlUserStore, ...given) {
    return left-- > 0 ? write.apply(this, given) : Promise.reject(new Error('power cut'))
  })
  await expect(platform.identity.sealSecondFactors()).rejects.toThrow('power cut')
  replace.mockRestore()
  expect(await platform.identity.sealSecondFactors()).toEqual({ sealed: 2, unreadable: 0 })
  expect(await platform.identity.sealSecondFactors()).toEqual({ sealed: 0, unreadable: 0 })
})

test('after a rotation everything is sealed with the new key, and the old one opens what is left', async () => {
  const platform = await startIdentity()
  const { secret } = await enrolled(platform)
  await platform.stores.secrets.put('totp', randomBytes(32), 1)
  expect((await signIn(platform, totpCode(secret, platform.clock.now()))).status).toBe(201)
  platform.clock.advance(MINUTE_MS)
  expect(await platform.identity.sealSecondFactors()).toEqual({ sealed: 1, unreadable: 0 })
  expect((await kept(platform))[0]?.totp_secret).toMatch(/^2-/)
  expect((await signIn(platform, totpCode(secret, platform.clock.now()))).status).toBe(201)
})

test('without the key a code is refused with the reason, a recovery code opens, and the key that comes back opens again', async () => {
  const platform = await startIdentity()
  const { secret, recoveryCodes } = await enrolled(platform)
  const path = join(platform.folder, 'secrets.json')
  renameSync(path, `${path}.away`)
  const code = () => totpCode(secret, platform.clock.now())
  expect(await signIn(platform, code())).toMatchObject({ status: 503, body: { details: { reason: 'totp_key_missing' } } })
  expect(await platform.identity.sealSecondFactors()).toEqual({ sealed: 0, unreadable: 1 })
  expect((await signIn(platform, recoveryCodes[0]!)).status).toBe(201)
  // Another key in its place must not be taken for it.
  await platform.stores.secrets.put('totp', randomBytes(32), 0)
  expect(await platform.identity.sealSecondFactors()).toEqual({ sealed: 0, unreadable: 1 })
  expect((await signIn(platform, code())).status).toBe(503)
  renameSync(`${path}.away`, path)
  expect((await signIn(platform, code())).status).toBe(201)
})
