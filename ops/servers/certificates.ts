import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { giveTo } from './folder.ts'
import { NotAvailable } from './store-server.ts'

const run = promisify(execFile)

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '7']

export type Certificates = { ca: string; caFile: string; certFile: string; keyFile: string }

/**
 * A throw-away authority and a certificate of it for localhost and 127.0.0.1, as PEM files in `folder`, readable for `user`. The authority's key is not kept.
 */
export async function makeCertificates(folder: string, user: string | null = null): Promise<Certificates> {
  const [caFile, caKey, certFile, keyFile] = ['ca.pem', 'ca.key', 'server.pem', 'server.key'].map((name) => join(folder, name)) as Files
  const authority = ['-subj', '/CN=Capstan throw-away authority', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await openssl(['req', '-x509', ...KEY, ...authority, '-keyout', caKey, '-out', caFile])
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE']
  await openssl([
    'req',
    '-x509',
    ...KEY,
    '-CA',
    caFile,
    '-CAkey',
    caKey,
    '-subj',
    '/CN=localhost',
    ...names,
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ])
  await run('rm', ['-f', caKey])
  if (user) giveTo(user, caFile, certFile, keyFile)
  return { ca: await readFile(caFile, 'utf8'), caFile, certFile, keyFile }
}

type Files = [string, string, string, string]

async function openssl(args: readonly string[]): Promise<void> {
  await run('openssl', args, { timeout: 20_000 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new NotAvailable('TLS needs openssl on PATH')
    throw error
  })
}
