import type { Principal } from '../../identity/api.ts'
import { decideResume } from '../domain/decide.ts'
import type { Run } from '../domain/run.ts'
import { changeRun, type ChangeRunDeps } from './change-run.ts'

/** Lets a paused run go on. */
export const resumeRun =
  (deps: ChangeRunDeps) =>
  (by: Principal, ref: string | number): Promise<Run> =>
    changeRun(deps, by, ref, decideResume)
