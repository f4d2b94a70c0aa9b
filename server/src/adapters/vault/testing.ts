import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askSurely } from '../../../../ops/servers/ask.ts'
import { credentialsOf, type StoreServer } from '../../../../ops/servers/store-server.ts'
import { VaultSecrets } from './secrets.ts'
import type { VaultOptions } from './server.ts'

/** What whoever runs Vault can do, and a role for Capstan in it. For tests only. */
export type VaultForTests = Awaited<ReturnType<typeof vaultForTests>>

export const policyFor = (mount: string, folder: string) => `
path "${mount}/data/${folder}/*" { capabilities = ["create", "read", "update"] }
path "${mount}/metadata/${folder}/*" { capabilities = ["delete", "patch", "list"] }`

export async function vaultForTests(server: StoreServer) {
  const { url, password: root } = credentialsOf(server.url)
  const secretFolder = mkdtempSync(join(tmpdir(), 'capstan-vault-'))
  const opened: VaultSecrets[] = []
  const operate = async (method: string, path: string, body?: unknown) =>
    (await askSurely(`${url}/v1/${path}`, { method, headers: { 'x-vault-token': root }, body, ca: server.ca })) as Operated

  /** A role with a secret id in a file; `through` is another way to the same server. */
  const role = async ({ policy = policyFor('secret', 'capstan'), ttl = '1h', maxTtl = '24h', path = 'secret/capstan' } = {}) => {
    const name = `capstan-${randomUUID()}`
    await operate('PUT', `sys/policies/acl/${name}`, { policy })
    await operate('POST', `auth/approle/role/${name}`, { token_policies: [name], token_ttl: ttl, token_max_ttl: maxTtl })
    const id = (await operate('GET', `auth/approle/role/${name}/role-id`)).data['role_id']!
    const secretIdFile = join(secretFolder, name)
    const newSecretId = async () => {
      const { secret_id: secretId = '' } = (await operate('POST', `auth/approle/role/${name}/secret-id`, {})).data
      writeFileSync(secretIdFile, `${secretId}\n`)
      return secretId
    }
    const revokeSecretId = (secretId: string) => operate('POST', `auth/approle/role/${name}/secret-id/destroy`, { secret_id: secretId })
    const firstSecretId = await newSecretId()
    const options: VaultOptions = {
      url: `${url.replace('://', `://${id}@`)}/${path}`,
      secretIdFile,
      ...(server.ca ? { tls: { ca: server.ca } } : {}),
    }
    return { options, newSecretId, revokeSecretId, firstSecretId }
  }

  const open = async (options: VaultOptions) => {
    const secrets = await VaultSecrets.open(options)
    opened.push(secrets)
    return secrets
  }
  const closeAll = async () => {
    await Promise.all(opened.splice(0).map((secrets) => secrets.close()))
  }
  const stop = async () => {
    await closeAll()
    rmSync(secretFolder, { recursive: true })
    await server.stop()
  }
  return { operate, role, open, closeAll, stop, server }
}

type Operated = { data: Record<string, string> }
