import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { notFound } from '../../src/lib/errors.ts'
import { uuidFrom } from '../../src/lib/ids.ts'
import type { AssetsApi, Original, RegisterAsset } from '../../src/services/assets/api.ts'
import { authorise } from '../../src/services/identity/api.ts'
import type { WorkflowsApi } from '../../src/services/workflows/api.ts'

export type Registered = RegisterAsset & { id: string; number: number }
export type Started = { key: string; workflow: string; assetId: string; variables: Record<string, unknown> }

/**
 * Assets and workflows that write each effect to a file of its own, once by key and a line more for each repetition that was not recognised, so
 * that a test sees after a kill what was done how often.
 */
export class Effects {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
  }

  do<T>(kind: string, key: string, effect: T): T {
    const path = join(this.folder, `${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`)
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8').split('\n')[0]!) as T
    appendFileSync(path, `${JSON.stringify(effect)}\n`)
    return effect
  }

  all<T>(kind: string): T[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith(`${kind}-`))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8').split('\n')[0]!) as T)
  }

  registered = (): Registered[] => this.all<Registered>('register')
  started = (): Started[] => this.all<Started>('start')
}

type Extra = Partial<AssetsApi>

export function fakeAssets(effects: Effects, extra: Extra = {}): AssetsApi {
  const unused = (): never => {
    throw new Error('this test does not foresee that call')
  }
  const original = async (_: number, assetId: string): Promise<Original> => {
    const found = effects.registered().find(({ id }) => id === assetId)
    if (!found?.file) throw notFound('asset', assetId)
    return { fileId: uuidFrom(found.id), assetId, originalName: found.originalName, ...found.file }
  }
  const known: Partial<AssetsApi> = {
    register: async (_, input) => {
      const id = input.id ?? uuidFrom(input.key)
      const registered = effects.do<Registered>('register', input.key, { ...input, id, number: effects.registered().length + 1 })
      return { id: registered.id, number: registered.number, name: registered.name, fileId: uuidFrom(registered.id) }
    },
    findByChecksum: async (_, sha256) => {
      const found = effects.registered().find(({ file }) => file?.checksums.sha256 === sha256)
      return found ? { id: found.id, number: found.number, name: found.name } : null
    },
    original,
    ...extra,
  }
  return new Proxy(known, { get: (target, name) => (Reflect.get(target, name) as unknown) ?? unused }) as AssetsApi
}

export const fakeWorkflows = (effects: Effects): WorkflowsApi => ({
  checkStart: async (by, workflow) => {
    if (workflow === 'ingest-and-publish') authorise(by, 'publish')
  },
  start: async (_, { key, workflow, asset, variables }) => {
    if (workflow === 'missing') throw notFound('workflow', workflow)
    effects.do<Started>('start', key, { key, workflow, assetId: asset?.id ?? '', variables: { ...variables } })
    return { runId: uuidFrom(key) }
  },
})
