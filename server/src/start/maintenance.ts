import { rmSync } from 'node:fs'
import type { Ports } from '../compose.ts'
import { backup } from '../maintenance/backup.ts'
import type { MaintenanceDeps } from '../maintenance/http.ts'
import { stageRestore } from '../maintenance/restore.ts'
import { supportBundle } from '../maintenance/support-bundle.ts'
import type { PlatformDeps } from './deps.ts'
import type { Services } from './services.ts'

const ADMINISTRATOR = 'admin'
const RESTART_DELAY_MS = 200

/** What the owner of the data folder may do to the whole platform. */
export function maintenanceOf(ports: Ports, services: Services, { folder, version, config, onRestart }: PlatformDeps): MaintenanceDeps {
  return {
    resetPassword: async (asked) => {
      const wayIn = await services.identity.resetAdminPassword(asked)
      // The file of the first start would go on to name a password that opens nothing.
      if (wayIn.name === ADMINISTRATOR) rmSync(folder.adminPassword, { force: true })
      return wayIn
    },
    backup: backup({
      version,
      copyDatabase: ports.copyDatabase,
      listPaths: (cursor, limit) => ports.files.listPaths(cursor, limit),
      blobs: folder.blobs,
      secrets: folder.secrets,
      nowMs: () => ports.clock.now(),
    }),
    restore: async (path) => {
      const keptAs = await stageRestore(folder, path, ports.checkDatabase, ports.clock.now())
      setTimeout(onRestart, RESTART_DELAY_MS)
      return { keptAs }
    },
    fsck: (minAgeMs) => services.fsck(minAgeMs),
    rebuildSearch: () => services.search.rebuild(),
    supportBundle: supportBundle({
      version,
      logs: folder.logs,
      settings: { ...config, searchPath: undefined },
      counts: async () => ({
        jobs: await ports.jobList.counts(),
        consumerLag: await ports.bus.lag(),
        search: await ports.searchIndex.state(),
      }),
    }),
  }
}
