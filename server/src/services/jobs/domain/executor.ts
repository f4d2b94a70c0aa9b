/** What an executor is given: the job as it was queued and the means to report. Everything it makes goes into `stagingDir` first. */
export type JobContext = Readonly<{
  job: Readonly<{
    id: string
    number: number
    /** Names the effect: the same key again must not do it twice. */
    key: string
    kind: string
    attempt: number
    accountId: number
    runId: string | null
    nodeId: string | null
    assetId: string | null
    /** The settings of the workflow's node, overridden by variables of the run that have the same name. */
    input: Readonly<Record<string, unknown>>
  }>
  /** Aborted on cancel, timeout, a lost lease and shutdown. */
  signal: AbortSignal
  /** 0 to 1. */
  progress(fraction: number): void
  log(message: string, facts?: Record<string, unknown>): void
  /** Empty, private to this attempt, made when it is first asked for, removed afterwards. A step that makes no files never asks. */
  readonly stagingDir: string
}>

/** JSON; the workflow's next decisions see it as `output`. `warnings` travel to the run. */
export type JobOutput = Readonly<Record<string, unknown>> & Readonly<{ warnings?: readonly string[] }>

export type Executor = (context: JobContext) => Promise<JobOutput>

export type ExecutorDefinition = Readonly<{
  kind: string
  /** Jobs of one pool share its slots: `light` steps never queue behind `encode`. */
  pool: 'light' | 'io' | 'encode'
  /** How the effect may be repeated after a crash; `neither` leaves the job in doubt. */
  repeat: 'idempotent' | 'neither'
  /** Jobs of an account with the same key never run at the same time; null for one that needs no lock. At most 200 characters. */
  lock?: (job: Readonly<{ asset: Readonly<{ id: string }> | null; input: Readonly<Record<string, unknown>> }>) => string | null
  execute: Executor
}>
