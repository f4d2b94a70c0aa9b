import type { Principal } from '../../identity/api.ts'
import { decideRetry } from '../domain/decide.ts'
import type { Run } from '../domain/run.ts'
import { changeRun, type ChangeRunDeps } from './change-run.ts'

/** Goes on from the steps that failed. */
export const retryRun =
  (deps: ChangeRunDeps) =>
  (by: Principal, ref: string | number): Promise<Run> =>
    changeRun(deps, by, ref, decideRetry)
