import { z } from 'zod'
import { vaultRefusal, whyVaultIsAway, type VaultServer } from './server.ts'

const Health = z.object({ initialized: z.boolean(), sealed: z.boolean(), version: z.string() })
const Mount = z.object({ data: z.object({ type: z.literal('kv'), options: z.object({ version: z.literal('2') }) }) })
const Capabilities = z.object({ data: z.record(z.string(), z.unknown()) })

/** The first that changes a part of what it keeps about a secret. */
const MINOR_MIN = 10

/** Looks at all that Capstan needs of a Vault. Throws one sentence that says what is wrong and what to do. */
export async function refuseUnfit(server: VaultServer): Promise<void> {
  const { json } = await server.askOpenly('GET', 'sys/health?standbyok=true&perfstandbyok=true').catch((error: unknown) => {
    throw vaultRefusal(whyVaultIsAway(error), error)
  })
  const health = Health.safeParse(json).data
  if (!health) throw vaultRefusal('what answers at CAPSTAN_VAULT_URL is no Vault')
  if (!health.initialized) throw vaultRefusal('it was never set up: vault operator init')
  if (health.sealed) throw vaultRefusal('it is sealed: unseal it')
  const [major = 0, minor = 0] = health.version.split('.').map(Number)
  if (major < 1 || (major === 1 && minor < MINOR_MIN))
    throw vaultRefusal(`it is too old (${health.version}): Capstan needs 1.${MINOR_MIN} or newer`)
  await refuseMissingRights(server)
  await refuseOtherMount(server)
}

async function refuseOtherMount(server: VaultServer): Promise<void> {
  const { mount } = server.place
  const { json } = await server.ask('GET', `sys/internal/ui/mounts/${mount}`)
  if (!Mount.safeParse(json).success) throw vaultRefusal(`${mount} is no KV of version 2: see CAPSTAN_VAULT_URL`)
}

async function refuseMissingRights(server: VaultServer): Promise<void> {
  const { mount, folder } = server.place
  const needed = {
    [`${mount}/data/${folder}/any`]: ['create', 'read', 'update'],
    [`${mount}/metadata/${folder}/any`]: ['delete', 'patch'],
    [`${mount}/metadata/${folder}/`]: ['list'],
  }
  const { json } = await server.ask('POST', 'sys/capabilities-self', { paths: Object.keys(needed) })
  const granted = Capabilities.safeParse(json).data?.data ?? {}
  const missing = Object.entries(needed).flatMap(([path, rights]) => {
    const has = z.array(z.string()).safeParse(granted[path]).data ?? []
    const lacking = has.includes('root') ? [] : rights.filter((right) => !has.includes(right))
    return lacking.length > 0 ? [`${lacking.join(', ')} on ${path.replace(/any$/, '*')}`] : []
  })
  if (missing.length > 0) throw vaultRefusal(`the policy of this role lacks ${missing.join('; ')}`)
}
