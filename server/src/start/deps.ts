import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { DataFolder } from './data-folder.ts'

export type PlatformDeps = {
  config: Config
  folder: DataFolder
  logger: Logger
  version: string
  consoleFolder: string | null
  /** A restore lies ready: stop and start again. */
  onRestart: () => void
}
