import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test as always } from 'vitest'
import { Platform, until } from './platform.ts'

const LIMIT_MS = 60_000
/** Certificates are made with it; a bare machine may have none. */
const test = always.skipIf(spawnSync('openssl', ['version']).status !== 0)

let folder: string
let platform: Platform

const at = (name: string) => join(folder, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })

/** A key and a certificate for 127.0.0.1, signed by an authority of our own. */
function issue(name: string, ...validity: string[]): void {
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  )
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    `${name}.pem`,
    '-extfile',
    'san',
    ...validity,
  )
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-tls-'))
  writeFileSync(at('san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
  )
  issue('first', '-days', '2')
  issue('second', '-days', '2')
  issue('expired', '-days', '-1')
  for (const kind of ['pem', 'key']) copyFileSync(at(`first.${kind}`), at(`used.${kind}`))
  platform = await Platform.start({
    args: ['--tls-cert', at('used.pem'), '--tls-key', at('used.key')],
    env: { CAPSTAN_LOW_WATER_BYTES: '0' },
  })
}, LIMIT_MS)

afterAll(async () => {
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

type Reply = { status: number; headers: NodeJS.Dict<string | string[]>; body: string }

function ask(path: string, options: RequestOptions = {}, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, platform.url),
      { ca: readFileSync(at('ca.pem')), agent: false, timeout: 5_000, ...options },
      (reply) => {
        let text = ''
        reply.on('data', (chunk: Buffer) => (text += chunk.toString()))
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }))
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Which protocol is spoken with whoever offers no newer one. */
const handshake = (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const socket = connect(
      {
        port: Number(new URL(platform.url).port),
        host: '127.0.0.1',
        ca: readFileSync(at('ca.pem')),
        minVersion: 'TLSv1',
        maxVersion,
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
      () => {
        resolve(socket.getProtocol())
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })

test('the address says https, and only TLS 1.2 and newer is spoken', async () => {
  expect(platform.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(await handshake('TLSv1.2')).toBe('TLSv1.2')
  expect(await handshake('TLSv1.3')).toBe('TLSv1.3')
  await expect(handshake('TLSv1.1')).rejects.toThrow()
})

test('the cookie is for TLS alone, and browsers are told to stay with it', async () => {
  const body = JSON.stringify({ name: 'admin', password: platform.password() })
  const reply = await ask('/api/v1/sessions', { method: 'POST', headers: { 'content-type': 'application/json' } }, body)
  expect(reply.status).toBe(201)
  expect(reply.headers['set-cookie']?.[0]).toMatch(/^capstan_session=.*; HttpOnly; Secure; SameSite=Strict$/)
  expect(reply.headers['strict-transport-security']).toBe('max-age=31536000')
})

test('a hang-up reads the files again; those that cannot serve leave the ones in use', { timeout: LIMIT_MS }, async () => {
  const subject = () =>
    new Promise<string>((resolve, reject) => {
      const asked = request(new URL('/healthz', platform.url), { ca: readFileSync(at('ca.pem')), agent: false }, (reply) => {
        const { subject: of } = (reply.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }).getPeerCertificate()
        reply.resume().on('end', () => resolve(of.CN))
      })
      asked.on('error', reject).end()
    })
  expect(await subject()).toBe('first')
  for (const kind of ['pem', 'key']) copyFileSync(at(`second.${kind}`), at(`used.${kind}`))
  process.kill(platform.pid, 'SIGHUP')
  await until('the new certificate', async () => (await subject()) === 'second')
  copyFileSync(at('first.key'), at('used.key'))
  process.kill(platform.pid, 'SIGHUP')
  const log = join(platform.data, 'logs', 'capstan.log')
  await until('the refusal', async () => readFileSync(log, 'utf8').includes('the one in use stays'))
  expect(await subject()).toBe('second')
})

test.each([
  ['a key of another certificate', 'first.pem', 'second.key', 'does not belong to the certificate'],
  ['an expired certificate', 'expired.pem', 'expired.key', 'expired on'],
  ['a key in place of the certificate', 'first.key', 'first.key', 'holds no certificate'],
  ['a certificate in place of the key', 'first.pem', 'first.pem', 'holds no private key'],
  ['a file that is not there', 'none.pem', 'first.key', 'cannot be read'],
])('%s is refused in one sentence', { timeout: LIMIT_MS }, async (_, cert, key, words) => {
  const refused = await Platform.run({ args: ['--tls-cert', at(cert), '--tls-key', at(key)] })
  expect(refused.exit).toBe(2)
  expect(refused.stderr).toContain(words)
  expect(
    refused.stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('Note: ')),
  ).toHaveLength(1)
})
