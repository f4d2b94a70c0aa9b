import { jobs as endpoints } from '@capstan/contract/work'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { notFound } from '../../lib/errors.ts'
import { seesPlaces, type Principal } from '../identity/api.ts'
import { parseJobFilter, parseJobSort } from './domain/job-filter.ts'
import type { Job } from './domain/job.ts'
import type { JobList, JobLog } from './ports/job-list.ts'
import type { ChangeDeps, JobRef } from './use-cases/change-job.ts'
import { cancelJob } from './use-cases/cancel-job.ts'
import { changeManyJobs } from './use-cases/change-many-jobs.ts'
import { pauseJob } from './use-cases/pause-job.ts'
import { prioritiseJob } from './use-cases/prioritise-job.ts'
import { resumeJob } from './use-cases/resume-job.ts'
import { retryJob } from './use-cases/retry-job.ts'
import { settleJob } from './use-cases/settle-job.ts'
import { jobView, withoutPlaces } from './view.ts'

export type JobsHttpDeps = ChangeDeps & {
  log: JobLog
  progressOf: (jobNumber: number) => number | null
  /** Why ready jobs of a pool are not started now; null when they are. */
  heldBack: (pool: Job['pool']) => string | null
}

const refOf = (id: string): JobRef => (/^\d+$/.test(id) ? Number(id) : id)

/** Registers /jobs. */
export function jobsHttp(route: Route, deps: JobsHttpDeps): void {
  const view = (job: Job) => {
    const shown = jobView(job, job.state === 'running' ? (deps.progressOf(job.number) ?? job.progress) : job.progress)
    const held = job.state === 'queued' ? deps.heldBack(job.pool) : null
    return held === null ? shown : { ...shown, why: held }
  }
  const action = (act: (by: Principal, ref: JobRef) => Promise<Job>) => async (call: { by: Principal; params: { id: string } }) =>
    view(await act(call.by, refOf(call.params.id)))

  route(endpoints.list, async ({ by, query }) => {
    const page = {
      filter: parseJobFilter(query.filter, query.q),
      sort: parseJobSort(query.sort),
      limit: query.limit,
      cursor: query.cursor ?? null,
    }
    const { items, nextCursor } = await deps.list.list(by.accountId, page)
    return { items: items.map(view), nextCursor }
  })
  route(endpoints.get, async ({ by, params }) => view(await getJob(deps.list, by, params.id)))
  route(endpoints.log, async ({ by, params, query }) => {
    const job = await getJob(deps.list, by, params.id)
    const { items, nextCursor } = await deps.log.read(by.accountId, job.number, listRequest(query, { sort: ['at'] }))
    return { items: seesPlaces(by) ? items : items.map(withoutPlaces), nextCursor }
  })
  route(endpoints.retry, action(retryJob(deps)))
  route(endpoints.cancel, action(cancelJob(deps)))
  route(endpoints.pause, action(pauseJob(deps)))
  route(endpoints.resume, action(resumeJob(deps)))
  route(endpoints.settle, async ({ by, params, body }) => view(await settleJob(deps)(by, refOf(params.id), body)))
  route(endpoints.prioritise, async ({ by, params, body }) => view(await prioritiseJob(deps)(by, refOf(params.id), body.priority)))
  route(endpoints.bulk, ({ by, body }) => changeManyJobs(deps)(by, { ...body, filter: parseJobFilter(body.filter) }))
}

async function getJob(list: JobList, by: Principal, id: string): Promise<Job> {
  const job = await list.find(by.accountId, refOf(id))
  if (!job) throw notFound('job', id)
  return job
}
