import { z } from 'zod'
import { endpoint } from './endpoint.ts'

export const BackupReport = z.object({
  path: z.string(),
  databaseBytes: z.int(),
  mediaFiles: z.int(),
  mediaBytes: z.int(),
  withMedia: z.boolean(),
  withSecrets: z.boolean(),
  tookMs: z.number(),
})
export type BackupReport = z.infer<typeof BackupReport>

export const FsckReport = z.object({
  checked: z.int(),
  /** Rows whose files are not there, or have another size. */
  missing: z.array(z.string()),
  /** Files that no row refers to. */
  orphaned: z.array(z.string()),
  /** More were found than are listed. */
  truncated: z.boolean(),
})
export type FsckReport = z.infer<typeof FsckReport>

const absolutePath = z.string().min(1).max(4_096)

/** For whoever runs the platform: through the control socket of the data folder, or with the right `administer`. */
export const system = {
  resetPassword: endpoint({
    method: 'POST',
    path: '/system/reset-password',
    permission: 'administer',
    tag: 'system',
    summary: 'Make a new password for a user, shown once; ends the user’s sessions',
    body: z.object({
      name: z.string().min(1).max(100).default('admin'),
      /** For a second factor that was lost with its recovery codes. */
      removeTotp: z.boolean().default(false),
    }),
    reply: z.object({ name: z.string(), password: z.string() }),
  }),
  backup: endpoint({
    method: 'POST',
    path: '/system/backups',
    permission: 'administer',
    tag: 'system',
    summary: 'Copy the database and a manifest of the media to a new folder, while the platform runs',
    body: z.object({
      path: absolutePath,
      withMedia: z.boolean().default(false),
      /** The keys of what the database has sealed, beside it: for a restore on another machine. Who has such a backup can open all of it. */
      withSecrets: z.boolean().default(false),
    }),
    reply: BackupReport,
    status: 201,
  }),
  restore: endpoint({
    method: 'POST',
    path: '/system/restores',
    permission: 'administer',
    tag: 'system',
    summary: 'Check a backup and go back to it; the platform restarts itself, what is there now is kept beside it',
    body: z.object({ path: absolutePath }),
    reply: z.object({ keptAs: z.string() }),
    status: 202,
  }),
  fsck: endpoint({
    method: 'POST',
    path: '/system/fsck',
    permission: 'administer',
    tag: 'system',
    summary: 'Compare rows and files; deletes nothing',
    body: z
      .object({
        /** A file that nobody refers to and that was changed since may belong to a job that is just about to say so: it is left out. */
        minAgeSeconds: z.number().min(0).max(1e9).default(3_600),
      })
      .default({ minAgeSeconds: 3_600 }),
    reply: FsckReport,
  }),
  rebuildSearch: endpoint({
    method: 'POST',
    path: '/system/search-rebuilds',
    permission: 'administer',
    tag: 'system',
    summary: 'Build the search index anew',
    reply: z.object({ started: z.literal(true) }),
    status: 202,
  }),
  supportBundle: endpoint({
    method: 'POST',
    path: '/system/support-bundles',
    permission: 'administer',
    tag: 'system',
    summary: 'Logs, settings, versions and counts in one archive, secrets removed',
    body: z.object({ path: absolutePath }),
    reply: z.object({ path: z.string(), sizeBytes: z.int() }),
    status: 201,
  }),
}
