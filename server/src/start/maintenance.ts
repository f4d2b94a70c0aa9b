import type { Ports } from '../compose.ts'
import { backup } from '../maintenance/backup.ts'
import type { MaintenanceDeps } from '../maintenance/http.ts'
import { stageRestore } from '../maintenance/restore.ts'
import { supportBundle } from '../maintenance/support-bundle.ts'
import type { PlatformDeps } from './deps.ts'
import type { Services } from './services.ts'

const RESTART_DELAY_MS = 200

/** What the owner of the data folder may do to the whole platform. */
export function maintenanceOf(ports: Ports, services: Services, { folder, version, config, onRestart }: PlatformDeps): MaintenanceDeps {
  return {
    resetPassword: (name) => services.identity.resetAdminPassword({ name }),
    backup: backup({
      version,
      copyDatabase: ports.copyDatabase,
      listPaths: (cursor, limit) => ports.files.listPaths(cursor, limit),
      blobs: folder.blobs,
      nowMs: () => ports.clock.now(),
    }),
    restore: async (path) => {
      await stageRestore(folder, path, ports.checkDatabase)
      setTimeout(onRestart, RESTART_DELAY_MS)
      return { keptAs: `${folder.root}/before-restore-…` }
    },
    fsck: () => services.fsck(),
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
