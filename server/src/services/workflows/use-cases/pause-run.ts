import type { Principal } from '../../identity/api.ts'
import { decidePause } from '../domain/decide.ts'
import type { Run } from '../domain/run.ts'
import { changeRun, type ChangeRunDeps } from './change-run.ts'

/** Starts no further step; what runs already goes on to its end. */
export const pauseRun =
  (deps: ChangeRunDeps) =>
  (by: Principal, ref: string | number): Promise<Run> =>
    changeRun(deps, by, ref, decidePause)
