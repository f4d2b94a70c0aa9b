const RETRY_DELAY_MS_MAX = 15 * 60_000
const RESOURCE_DELAY_MS_FIRST = 2_000
const RESOURCE_DELAY_MS_MAX = 5 * 60_000
const LOSSES_AT_ONCE = 5
const LOSS_DELAY_MS_MAX = 30_000

/** About a day and a night of waiting for a resource. */
export const RESOURCE_WAITS_MAX = 300
/** A job that takes its worker down with it must stop some time; a machine that is switched off now and then must not fail it. */
export const LOSSES_MAX = 40

/** The wait after failed attempt `attempt` (1 is the first): `delayMs`, each further one `factor` times longer, up to fifteen minutes. */
export const retryDelayMs = (attempt: number, delayMs: number, factor: number): number =>
  Math.min(RETRY_DELAY_MS_MAX, Math.round(delayMs * factor ** (attempt - 1)))

export const resourceDelayMs = (waits: number): number =>
  Math.min(RESOURCE_DELAY_MS_MAX, RESOURCE_DELAY_MS_FIRST * 2 ** Math.min(waits, 10))

/** The first few lost workers cost nothing; a job that keeps losing them comes back ever more slowly. */
export const lossDelayMs = (losses: number): number =>
  losses <= LOSSES_AT_ONCE ? 0 : Math.min(LOSS_DELAY_MS_MAX, 1_000 * 2 ** Math.min(losses - LOSSES_AT_ONCE, 10))
