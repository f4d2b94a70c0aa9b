import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { askSurely } from '../../../../ops/servers/ask.ts'
import { startConsul } from '../../../../ops/servers/consul.ts'
import { FaultProxy, type Fault } from '../../../../ops/servers/fault-proxy.ts'
import { freePort } from '../../../../ops/servers/port.ts'
import { credentialsOf, type StoreServer } from '../../../../ops/servers/store-server.ts'
import { parseSample, settingsContract } from '../../ports/settings.contract.ts'
import { ConsulSettings, nextIndex, type ConsulOptions } from './settings.ts'

const WAIT_MS = 1_000
const SOON = { timeout: 20_000, interval: 50 }
const saying = (text: string) => ({ code: 'invalid', message: expect.stringContaining(text) as string })

const servers = { plain: await startConsul(), tls: await startConsul({ tls: true }) }
const folder = mkdtempSync(join(tmpdir(), 'capstan-consul-'))
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await Promise.all([servers.plain?.stop(), servers.tls?.stop()])
})

const newTokenFile = (token: string): string => {
  const path = join(folder, randomUUID())
  writeFileSync(path, `${token}\n`)
  return path
}

/** A key of its own, as whoever runs Consul sees it. */
function newKey(server: StoreServer) {
  const { url, password: root } = credentialsOf(server.url)
  const key = `capstan/${randomUUID()}/settings`
  const operate = (method: string, path: string, body?: unknown) =>
    askSurely(`${url}/v1/${path}`, { method, headers: { 'x-consul-token': root }, body, ca: server.ca })
  const put = async (text: string | null) => {
    const set = { Verb: 'set', Key: key, Value: Buffer.from(text ?? '').toString('base64') }
    await (text === null ? operate('DELETE', `kv/${key}`) : operate('PUT', 'txn', [{ KV: set }]))
  }
  const options: ConsulOptions = {
    url: `${url}/${key}`,
    tokenFile: newTokenFile(root),
    waitMs: WAIT_MS,
    ...(server.ca ? { tls: { ca: server.ca } } : {}),
  }
  /** A token that may read what `rules` say. */
  const newToken = async (rules: string) => {
    const { ID } = (await operate('PUT', 'acl/policy', { Name: randomUUID(), Rules: rules })) as { ID: string }
    return (await operate('PUT', 'acl/token', { Policies: [{ ID }] })) as { SecretID: string; AccessorID: string }
  }
  return { key, options, put, operate, newToken }
}

const openFor = async (options: ConsulOptions) => {
  const settings = await ConsulSettings.open({ ...options, parse: parseSample })
  onTestFinished(() => settings.close())
  const listener = { changed: vi.fn(), kept: vi.fn() }
  settings.watch(listener)
  return { settings, ...listener }
}

const level = (word: string) => JSON.stringify({ level: word })

describe.skipIf(!servers.plain)('on a Consul', () => {
  settingsContract('consul', async () => {
    const { options, put } = newKey(servers.plain!)
    return { open: () => ConsulSettings.open({ ...options, parse: parseSample }), put, close: async () => {} }
  })

  it('is told of a change at once, not when its question ends', async () => {
    const { options, put } = newKey(servers.plain!)
    await put(level('first'))
    const { settings } = await openFor({ ...options, waitMs: 60_000 })
    // The question has to be on its way.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const putAtMs = performance.now()
    await put(level('second'))
    await expect.poll(() => settings.current().level, { timeout: 5_000, interval: 10 }).toBe('second')
    expect(performance.now() - putAtMs).toBeLessThan(2_000)
  })

  it.each<Fault>([{ kind: 'cut' }, { kind: 'half-open' }, { kind: 'drop', direction: 'down' }])(
    'keeps the last good ones while the way is $kind, says so once, and follows again',
    async (fault) => {
      const { options, put } = newKey(servers.plain!)
      await put(level('kept'))
      const proxy = await FaultProxy.before(options.url)
      onTestFinished(() => proxy.stop())
      const { settings, kept } = await openFor({ ...options, url: proxy.through(options.url) })
      await proxy.set(fault)
      await expect.poll(() => kept.mock.calls.length, SOON).toBe(1)
      expect(kept.mock.calls[0]![0]).toMatch(/nobody answers.*last good/)
      await put(level('missed'))
      expect(settings.current()).toEqual({ level: 'kept' })
      await proxy.set({ kind: 'none' })
      await expect.poll(() => settings.current().level, SOON).toBe('missed')
      await put(level('next'))
      await expect.poll(() => settings.current().level, SOON).toBe('next')
    },
    60_000,
  )

  it('keeps the last good ones while Consul is killed and started again', async ({ skip }) => {
    const control = servers.plain!.control
    if (!control) return skip()
    const { options, put } = newKey(servers.plain!)
    await put(level('kept'))
    const { settings } = await openFor(options)
    await control.kill()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(settings.current()).toEqual({ level: 'kept' })
    await control.restart()
    await put(level('after'))
    await expect.poll(() => settings.current().level, SOON).toBe('after')
  })

  it('reads with a token that may read this key only, says when it is taken away, and takes the next one from its file', async () => {
    const { key, options, put, operate, newToken } = newKey(servers.plain!)
    await put(level('first'))
    const rules = `key "${key}" { policy = "read" }`
    const token = await newToken(rules)
    const tokenFile = newTokenFile(token.SecretID)
    const { settings, kept } = await openFor({ ...options, tokenFile })
    await operate('DELETE', `acl/token/${token.AccessorID}`)
    // A question that waits under it already is still answered.
    await expect.poll(() => kept.mock.calls.flat().join(), SOON).toContain('CAPSTAN_CONSUL_PASSWORD_FILE')
    await put(level('second'))
    expect(settings.current()).toEqual({ level: 'first' })
    writeFileSync(tokenFile, (await newToken(rules)).SecretID)
    await expect.poll(() => settings.current().level, SOON).toBe('second')
  })

  it('refuses to start without an answer, a right or an address, with what to do', async () => {
    const { options, newToken } = newKey(servers.plain!)
    const open = (changed: Partial<ConsulOptions>) => ConsulSettings.open({ ...options, ...changed, parse: parseSample })
    await expect(open({ url: `http://127.0.0.1:${await freePort()}` })).rejects.toMatchObject(saying('nobody answers'))
    await expect(open({ url: 'http://no-such-host.invalid' })).rejects.toMatchObject(saying('no such host'))
    await expect(open({ url: 'consul' })).rejects.toMatchObject(saying('CAPSTAN_CONSUL_URL is no address'))
    await expect(open({ url: options.url.replace('://', '://me:hidden@') })).rejects.toMatchObject(saying('PASSWORD_FILE'))
    await expect(open({ tokenFile: '/nowhere' })).rejects.toMatchObject(saying('cannot be read'))
    await expect(open({ tokenFile: newTokenFile(randomUUID()) })).rejects.toMatchObject(saying('may not read'))
    const other = newTokenFile((await newToken('key "other" { policy = "read" }')).SecretID)
    await expect(open({ tokenFile: other })).rejects.toMatchObject(saying('may not read'))
  })
})

describe.skipIf(!servers.tls)('on a Consul with TLS', () => {
  it('is believed with its authority only', async () => {
    const { options, put } = newKey(servers.tls!)
    await put(level('secret'))
    expect((await openFor(options)).settings.current()).toEqual({ level: 'secret' })
    const { tls, ...without } = options
    expect(tls?.ca).toContain('CERTIFICATE')
    await expect(ConsulSettings.open({ ...without, parse: parseSample })).rejects.toMatchObject(saying('CAPSTAN_CONSUL_CA_FILE'))
  })
})

describe('an index of Consul', () => {
  it.each([
    [null, 7, 7],
    [7, 8, 8],
    [7, 7, 7],
    [7, 3, null],
    [7, 0, null],
    [7, null, null],
  ])('after %s comes %s: the next question waits at %s', (before, now, next) => expect(nextIndex(before, now)).toBe(next))

  it('that went back is not waited at: what a restored Consul says counts', async () => {
    const asked: string[] = []
    const answers = [
      { index: 50, value: 'first' },
      { index: 5, value: 'restored' },
    ]
    const server = createServer((request, response) => {
      asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('index') ?? 'none')
      const answer = answers.shift()
      // Like Consul, which answers a question that waits at an index beyond its own only when that is reached.
      if (!answer && asked.at(-1) !== 'none') return
      const { index, value } = answer ?? { index: 6, value: 'after' }
      response.setHeader('x-consul-index', index)
      response.end(JSON.stringify([{ Value: Buffer.from(level(value)).toString('base64') }]))
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { settings } = await openFor({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, waitMs: 30_000 })
    await expect.poll(() => settings.current().level, SOON).toBe('after')
    expect(asked.slice(0, 3)).toEqual(['none', '50', 'none'])
  })
})
