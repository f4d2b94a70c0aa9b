import { admin } from './en/admin.ts'
import { arrivals } from './en/arrivals.ts'
import { asset } from './en/asset.ts'
import { common } from './en/common.ts'
import { jobs } from './en/jobs.ts'
import { library } from './en/library.ts'
import { player } from './en/player.ts'
import { session } from './en/session.ts'
import { shell } from './en/shell.ts'
import { workflows } from './en/workflows.ts'

/** Every word that people read, in one catalogue; keys are checked by the compiler. */
export const en = { common, shell, session, library, asset, player, arrivals, jobs, workflows, admin } as const
