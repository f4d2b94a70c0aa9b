import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FaultProxy, type Fault } from '../../../../ops/servers/fault-proxy.ts'
import { freePort } from '../../../../ops/servers/port.ts'
import { startVault } from '../../../../ops/servers/vault.ts'
import { secretsContract } from '../../ports/secrets.contract.ts'
import { policyFor, vaultForTests, type VaultForTests } from './testing.ts'

const started = { plain: await startVault(), tls: await startVault({ tls: true }) }
const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const saying = (code: string, text: string) => ({ code, message: expect.stringContaining(text) as string })

describe.skipIf(!started.plain)('on a Vault', () => {
  let vault: VaultForTests
  beforeAll(async () => void (vault = await vaultForTests(started.plain!)))
  afterEach(() => vault.closeAll())
  afterAll(() => vault.stop())

  secretsContract('vault', async () => {
    const folder = `capstan-${randomUUID()}`
    const { options } = await vault.role({ policy: policyFor('secret', folder), path: `secret/${folder}` })
    const [secrets, other] = [await vault.open(options), await vault.open(options)]
    return { secrets, again: () => other, close: () => vault.closeAll() }
  })

  const fresh = async (times: { ttl?: string; maxTtl?: string } = {}) => {
    const folder = `capstan-${randomUUID()}`
    const role = await vault.role({ policy: policyFor('secret', folder), path: `secret/${folder}`, ...times })
    return { ...role, folder }
  }

  it('keeps ten versions also where the mount keeps fewer, and under another mount', async () => {
    const mount = `teams/${randomUUID()}`
    await vault.operate('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    await expect
      .poll(() =>
        vault.operate('POST', `${mount}/config`, { max_versions: 3 }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    const { options } = await vault.role({ policy: policyFor(mount, 'capstan'), path: `${mount}/capstan` })
    const secrets = await vault.open(options)
    for (let version = 0; version < 10; version++) await secrets.put('totp', bytes(`${version}`), version)
    expect(await secrets.get('totp', 1)).toEqual({ version: 1, value: bytes('0') })
  })

  it('says that a version was deleted there, instead of that there is none', async () => {
    const { options, folder } = await fresh()
    const secrets = await vault.open(options)
    await secrets.put('totp', bytes('first'), 0)
    await vault.operate('DELETE', `secret/data/${folder}/totp`)
    await expect(secrets.get('totp')).rejects.toMatchObject(saying('unavailable', 'undelete'))
    await vault.operate('POST', `secret/undelete/${folder}/totp`, { versions: [1] })
    expect((await secrets.get('totp'))?.value).toEqual(bytes('first'))
  })

  it('leaves alone what is not its own', async () => {
    const { options, folder } = await fresh()
    const secrets = await vault.open(options)
    await vault.operate('POST', `secret/data/${folder}/other`, { data: { password: 'hidden' } })
    const refusal = await secrets.get('other').catch((error: unknown) => error as Error)
    expect(refusal).toMatchObject({ code: 'unavailable' })
    expect(JSON.stringify([refusal, (refusal as Error).message, (refusal as Error).cause])).not.toContain('hidden')
  })

  it('renews its token before it ends, and takes a new one before it may not be renewed any more', async () => {
    const { options } = await fresh({ ttl: '2s', maxTtl: '5s' })
    const secrets = await vault.open(options)
    await secrets.put('totp', bytes('kept'), 0)
    await sleep(7_500)
    const { keys } = (await vault.operate('LIST', 'auth/token/accessors')).data as unknown as { keys: string[] }
    const tokens = await Promise.all(
      keys.map((accessor) => vault.operate('POST', 'auth/token/lookup-accessor', { accessor }).catch(() => null)),
    )
    const own = tokens.filter((token) => JSON.stringify(token).includes(options.secretIdFile.split('/').at(-1)!))
    // While nobody asks, a token lives: it was not taken anew at the question.
    expect(own).toHaveLength(1)
    expect((await secrets.get('totp'))?.value).toEqual(bytes('kept'))
  }, 20_000)

  it('logs in again when its token is gone, with the secret id that lies in the file then', async () => {
    const { options, newSecretId, revokeSecretId, firstSecretId } = await fresh()
    const secrets = await vault.open(options)
    await secrets.put('totp', bytes('kept'), 0)
    await newSecretId()
    await revokeSecretId(firstSecretId)
    await vault.operate('POST', 'sys/leases/revoke-force/auth/approle/login')
    const answers = await Promise.all(Array.from({ length: 8 }, () => secrets.get('totp')))
    expect(answers.map((secret) => secret?.version)).toEqual(Array.from({ length: 8 }, () => 1))
  })

  it('says that the secret id is refused, and goes on when a good one lies there', async () => {
    const { options, newSecretId, revokeSecretId, firstSecretId } = await fresh()
    const secrets = await vault.open(options)
    await revokeSecretId(firstSecretId)
    await vault.operate('POST', 'sys/leases/revoke-force/auth/approle/login')
    await expect(secrets.get('totp')).rejects.toMatchObject(saying('unavailable', 'CAPSTAN_VAULT_PASSWORD_FILE'))
    await newSecretId()
    expect(await secrets.get('totp')).toBeNull()
  })

  it('gives its token back at the end', async () => {
    const { options } = await fresh()
    const secrets = await vault.open(options)
    const count = async () => ((await vault.operate('LIST', 'auth/token/accessors')).data as unknown as { keys: string[] }).keys.length
    const before = await count()
    await secrets.close()
    expect(await count()).toBe(before - 1)
  })

  it.each([
    ['http://127.0.0.1:8200/secret/capstan', 'role-id@host'],
    ['http://role@127.0.0.1:8200/secret', 'mount/folder'],
    ['http://role:hidden@127.0.0.1:8200', 'no address'],
    ['http://role@no-such-host.invalid', 'no such host'],
  ])('refuses to start on %s', async (url, sentence) => {
    const { options } = await vault.role()
    await expect(vault.open({ ...options, url })).rejects.toMatchObject(saying('invalid', sentence))
  })

  it('refuses to start without an answer, with a wrong role, another mount, too few rights, a KV of version 1', async () => {
    const { options } = await vault.role()
    const wrong = options.url.replace(/\/\/[^@]+@/, '//wrong@')
    await expect(vault.open({ ...options, url: wrong })).rejects.toMatchObject(saying('invalid', 'CAPSTAN_VAULT_PASSWORD_FILE'))
    await expect(vault.open({ ...options, secretIdFile: '/nowhere' })).rejects.toMatchObject(saying('invalid', 'cannot be read'))
    await expect(vault.open({ ...options, authMount: 'nowhere' })).rejects.toMatchObject(saying('invalid', 'auth/nowhere'))
    const nobody = `http://role@127.0.0.1:${await freePort()}`
    await expect(vault.open({ ...options, url: nobody })).rejects.toMatchObject(saying('invalid', 'nobody answers'))
    const elsewhere = options.url.replace('secret/capstan', 'nowhere/capstan')
    await expect(vault.open({ ...options, url: elsewhere })).rejects.toMatchObject(saying('invalid', 'list on nowhere/metadata/capstan/'))
    const reader = await vault.role({ policy: 'path "secret/data/capstan/*" { capabilities = ["read"] }' })
    await expect(vault.open(reader.options)).rejects.toMatchObject(saying('invalid', 'create, update on secret/data/capstan/*'))
    await vault.operate('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } })
    const old = await vault.role({ policy: policyFor('old', 'capstan'), path: 'old/capstan' })
    await expect(vault.open(old.options)).rejects.toMatchObject(saying('invalid', 'no KV of version 2'))
  })

  const slow: Fault[] = [{ kind: 'cut' }, { kind: 'half-open' }, { kind: 'drip', bytesPerSecond: 20 }, { kind: 'drop', direction: 'down' }]
  it.each(slow)('is unavailable within its limit while the way to it is $kind, and works right after', async (fault) => {
    const { options } = await fresh()
    const proxy = await FaultProxy.before(options.url)
    onTestFinished(() => proxy.stop())
    const secrets = await vault.open({ ...options, url: proxy.through(options.url) })
    await secrets.put('totp', bytes('kept'), 0)
    await proxy.set(fault)
    const askedAtMs = performance.now()
    await expect(secrets.get('totp')).rejects.toMatchObject(saying('unavailable', 'CAPSTAN_VAULT_URL'))
    expect(performance.now() - askedAtMs).toBeLessThan(6_000)
    await proxy.set({ kind: 'none' })
    expect((await secrets.get('totp'))?.value).toEqual(bytes('kept'))
  })

  it('bears a slow way', async () => {
    const { options } = await fresh()
    const proxy = await FaultProxy.before(options.url)
    onTestFinished(() => proxy.stop())
    await proxy.set({ kind: 'latency', delayMs: 250 })
    const secrets = await vault.open({ ...options, url: proxy.through(options.url) })
    expect(await secrets.put('totp', bytes('kept'), 0)).toBe(1)
  })

  it('says that Vault is sealed, at the start and later, and works again when it is open', async ({ skip }) => {
    if (!vault.server.control) return skip()
    const { options } = await fresh()
    const secrets = await vault.open(options)
    await secrets.put('totp', bytes('kept'), 0)
    await vault.operate('PUT', 'sys/seal')
    await expect(secrets.get('totp')).rejects.toMatchObject(saying('unavailable', 'sealed'))
    await expect(vault.open(options)).rejects.toMatchObject(saying('invalid', 'sealed'))
    await vault.server.control.kill()
    await expect(secrets.get('totp')).rejects.toMatchObject(saying('unavailable', 'CAPSTAN_VAULT_URL'))
    await vault.server.control.restart()
    expect((await secrets.get('totp'))?.value).toEqual(bytes('kept'))
  })
})

describe.skipIf(!started.tls)('on a Vault with TLS', () => {
  let vault: VaultForTests
  beforeAll(async () => void (vault = await vaultForTests(started.tls!)))
  afterAll(() => vault.stop())

  it('is believed with its authority only', async () => {
    const { options } = await vault.role()
    expect(await (await vault.open(options)).names()).toEqual([])
    const { tls, ...without } = options
    expect(tls?.ca).toContain('CERTIFICATE')
    await expect(vault.open(without)).rejects.toMatchObject(saying('invalid', 'CAPSTAN_VAULT_CA_FILE'))
  })
})
