import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { CapstanError } from '../lib/errors.ts'

export type TlsFiles = Readonly<{ tlsCert?: string | undefined; tlsKey?: string | undefined }>

/** What the listener takes; null without TLS. Throws `invalid` in one sentence for files that cannot serve: unreadable, not a pair, not valid today. */
export function readTls({ tlsCert, tlsKey }: TlsFiles, nowMs: number): SecureContextOptions | null {
  if (!tlsCert || !tlsKey) return null
  const [cert, key] = [readPem(tlsCert, '--tls-cert'), readPem(tlsKey, '--tls-key')]
  const certificate = parsed(() => new X509Certificate(cert), `${tlsCert} holds no certificate in PEM form`)
  const privateKey = parsed<KeyObject>(
    () => createPrivateKey(key),
    `${tlsKey} holds no private key in PEM form that can be read without a passphrase`,
  )
  if (!certificate.checkPrivateKey(privateKey)) throw refused(`the key ${tlsKey} does not belong to the certificate ${tlsCert}`)
  if (nowMs > certificate.validToDate.getTime())
    throw refused(`the certificate ${tlsCert} expired on ${day(certificate.validToDate)}: renew it`)
  if (nowMs < certificate.validFromDate.getTime())
    throw refused(`the certificate ${tlsCert} is valid only from ${day(certificate.validFromDate)} on: is the clock of this machine right?`)
  return { cert, key, minVersion: 'TLSv1.2' }
}

/**
 * At SIGHUP the files are read again and serve whoever connects from then on; files that cannot serve are told and those in use stay. Answers what
 * ends it.
 */
export function reloadTlsOnHangUp(
  server: object,
  read: () => SecureContextOptions | null,
  log: { info(text: string): void; error(facts: object, text: string): void },
): () => void {
  if (!('setSecureContext' in server) || typeof server.setSecureContext !== 'function') return () => undefined
  const set = server.setSecureContext.bind(server) as (options: SecureContextOptions) => void
  const reload = () => {
    try {
      set(read() ?? {})
      log.info('the certificate was read again')
    } catch (error) {
      log.error({ err: error }, 'the certificate was not read again: the one in use stays')
    }
  }
  process.on('SIGHUP', reload)
  return () => void process.off('SIGHUP', reload)
}

function readPem(path: string, option: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new CapstanError('invalid', `the file of ${option} cannot be read: ${path}`, { cause })
  }
}

function parsed<T>(parse: () => T, fault: string): T {
  try {
    return parse()
  } catch (cause) {
    throw new CapstanError('invalid', fault, { cause })
  }
}

const refused = (fault: string) => new CapstanError('invalid', fault)
const day = (date: Date): string => date.toISOString().slice(0, 10)
