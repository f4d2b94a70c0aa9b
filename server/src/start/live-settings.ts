import type { Logger } from 'pino'
import { z } from 'zod'
import type { Config } from '../config.ts'
import { CapstanError } from '../lib/errors.ts'
import type { ParseSettings, Settings } from '../ports/settings.ts'

const POOL_MAX = 1_000

const Pool = z.int().min(0).max(POOL_MAX)

const LiveSettings = z.strictObject({
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).optional(),
  lowWaterBytes: z.int().nonnegative().optional(),
  /** Jobs of each pool that this process runs at once; with 0 they wait. */
  pools: z.strictObject({ light: Pool.optional(), io: Pool.optional(), encode: Pool.optional() }).default({}),
})

/** What can be set while the platform runs; it counts before the environment, and what is not in it is as that says. */
export type LiveSettings = z.infer<typeof LiveSettings>

export const parseLiveSettings: ParseSettings<LiveSettings> = (raw) => {
  const parsed = LiveSettings.safeParse(raw)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
  throw new CapstanError('invalid', faults.join('; '))
}

/** The operator's low-water mark in bytes; null leaves it to the rule. */
export const lowWaterOf =
  (settings: Pick<Settings<LiveSettings>, 'current'>, { lowWaterBytes }: Pick<Config, 'lowWaterBytes'>) =>
  (): number | null =>
    settings.current().lowWaterBytes ?? lowWaterBytes ?? null

type PoolSizes = Record<'light' | 'io' | 'encode', number>

/** How many jobs of each pool run at once, always as it is set now. */
export function poolsOf(settings: Pick<Settings<LiveSettings>, 'current'>, processors: number): Readonly<PoolSizes> {
  const usual: PoolSizes = { light: 2 * processors, io: processors, encode: Math.max(1, Math.floor(processors / 2)) }
  const size = (pool: keyof PoolSizes): number => settings.current().pools[pool] ?? usual[pool]
  return {
    get light() {
      return size('light')
    },
    get io() {
      return size('io')
    },
    get encode() {
      return size('encode')
    },
  }
}

type Following = { settings: Settings<LiveSettings>; config: Pick<Config, 'logLevel'>; logger: Logger; changed: () => void }

/** Logs as it is set, now and after each change, and tells of every one; answers how to stop. */
export function followSettings({ settings, config, logger, changed }: Following): () => void {
  const applyLevel = () => void (logger.level = settings.current().logLevel ?? config.logLevel)
  applyLevel()
  return settings.watch({
    changed: (now) => {
      applyLevel()
      logger.info({ settings: now }, 'the settings were changed')
      changed()
    },
    kept: (sentence) => logger.error(sentence),
  })
}
