import type { Principal } from '../../identity/api.ts'
import { decideCancel } from '../domain/decide.ts'
import type { Run } from '../domain/run.ts'
import { changeRun, type ChangeRunDeps } from './change-run.ts'

/** Cancels a run, its jobs and its sub-runs. */
export const cancelRun =
  (deps: ChangeRunDeps) =>
  (by: Principal, ref: string | number): Promise<Run> =>
    changeRun(deps, by, ref, (compiled, run, nowMs) => decideCancel(compiled, run, by.name, nowMs))
