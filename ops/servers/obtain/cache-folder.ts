import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where servers are kept that this project built or fetched, by name and version. */
export const cacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'capstan', 'servers')
