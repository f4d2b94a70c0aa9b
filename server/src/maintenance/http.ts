import { api } from '@capstan/contract/api'
import type { FsckReport, BackupReport } from '@capstan/contract/system'
import type { Route } from '../http/route.ts'
import { CapstanError } from '../lib/errors.ts'
import type { Principal } from '../services/identity/api.ts'

export const CONTROL = 'control'

export type MaintenanceDeps = {
  resetPassword: (asked: { name: string; removeTotp: boolean }) => Promise<{ name: string; password: string }>
  backup: (options: { path: string; withMedia: boolean; withSecrets: boolean }) => Promise<BackupReport>
  /** Checks and stages; the restart follows once the answer is out. */
  restore: (path: string) => Promise<{ keptAs: string }>
  fsck: (minAgeMs: number) => Promise<FsckReport>
  rebuildSearch: () => void
  supportBundle: (options: { path: string }) => Promise<{ path: string; sizeBytes: number }>
}

/** Paths on the server are for whoever owns the data folder, not for whoever holds a token. */
function demandControl(by: Principal): void {
  if (by.kind === 'system' && by.id === CONTROL) return
  throw new CapstanError(
    'forbidden',
    'this works only on the machine of the platform, by the command `capstan`: it reads and writes files there',
  )
}

export function maintenanceRoutes(route: Route, deps: MaintenanceDeps): void {
  route(api.system.resetPassword, ({ by, body, reply }) => {
    demandControl(by)
    void reply.header('cache-control', 'no-store')
    return deps.resetPassword(body)
  })
  route(api.system.backup, ({ by, body }) => {
    demandControl(by)
    return deps.backup(body)
  })
  route(api.system.restore, ({ by, body }) => {
    demandControl(by)
    return deps.restore(body.path)
  })
  route(api.system.fsck, ({ body }) => deps.fsck(body.minAgeSeconds * 1_000))
  route(api.system.rebuildSearch, async () => {
    deps.rebuildSearch()
    return { started: true as const }
  })
  route(api.system.supportBundle, ({ by, body }) => {
    demandControl(by)
    return deps.supportBundle(body)
  })
}
