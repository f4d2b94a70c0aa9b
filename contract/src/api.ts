import { arrivals, hotFolders, ingests, status, storages, uploads } from './resources.ts'
import { assets, files, renditions, search } from './assets.ts'
import { auditEntries, events } from './events.ts'
import { roles, sessions, tokens, users } from './identity.ts'
import { quotas } from './quotas.ts'
import { system } from './system.ts'
import { jobs, runs, workflowDefinitions } from './work.ts'

/** Every route under /api/v1. */
export const api = {
  assets,
  files,
  renditions,
  search,
  uploads,
  arrivals,
  ingests,
  workflowDefinitions,
  runs,
  jobs,
  storages,
  hotFolders,
  quotas,
  events,
  auditEntries,
  users,
  roles,
  sessions,
  tokens,
  status,
  system,
}
