import { runs as runEndpoints, workflowDefinitions as definitionEndpoints } from '@capstan/contract/work'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { notFound } from '../../lib/errors.ts'
import { uuidv7 } from '../../lib/ids.ts'
import type { Principal } from '../identity/api.ts'
import type { JobsApi, NewJob } from '../jobs/api.ts'
import { parseRunFilter, parseRunSort } from './domain/run-filter.ts'
import type { Run } from './domain/run.ts'
import { cancelRun } from './use-cases/cancel-run.ts'
import type { ChangeRunDeps } from './use-cases/change-run.ts'
import { deployDefinition, type DeployDeps } from './use-cases/deploy-definition.ts'
import { pauseRun } from './use-cases/pause-run.ts'
import { resumeRun } from './use-cases/resume-run.ts'
import { retryRun } from './use-cases/retry-run.ts'
import { startRun, type StartDeps } from './use-cases/start-run.ts'
import { definitionView, runSummary, runView } from './view.ts'

/** What workflows ask about an asset; null when there is none. */
export type FindAsset = (accountId: number, id: string) => Promise<NonNullable<NewJob['asset']> | null>

export type WorkflowsHttpDeps = StartDeps & ChangeRunDeps & DeployDeps & { jobs: Pick<JobsApi, 'jobsOfRun'>; findAsset: FindAsset }

const refOf = (id: string): string | number => (/^\d+$/.test(id) ? Number(id) : id)

/** Registers /runs and /workflow-definitions. */
export function workflowsHttp(route: Route, deps: WorkflowsHttpDeps): void {
  runRoutes(route, deps)
  definitionRoutes(route, deps)
}

function runRoutes(route: Route, deps: WorkflowsHttpDeps): void {
  const view = async (run: Run) => {
    const [{ definition }, jobs] = await Promise.all([
      deps.cache.get(run.accountId, run.definitionId),
      deps.jobs.jobsOfRun(run.accountId, run.id),
    ])
    return runView(run, definition, jobs)
  }
  const action = (act: (by: Principal, ref: string | number) => Promise<Run>) => async (call: { by: Principal; params: { id: string } }) =>
    view(await act(call.by, refOf(call.params.id)))

  route(runEndpoints.list, async ({ by, query }) => {
    const page = {
      filter: parseRunFilter(query.filter, query.q),
      sort: parseRunSort(query.sort),
      limit: query.limit,
      cursor: query.cursor ?? null,
    }
    const { items, nextCursor } = await deps.runs.list(by.accountId, page)
    return { items: items.map(runSummary), nextCursor }
  })
  route(runEndpoints.get, async ({ by, params }) => {
    const run = await deps.runs.find(by.accountId, refOf(params.id))
    if (!run) throw notFound('run', params.id)
    return view(run)
  })
  route(runEndpoints.start, async ({ by, body }) => {
    const asset = body.assetId === undefined ? null : await deps.findAsset(by.accountId, body.assetId)
    if (body.assetId !== undefined && !asset) throw notFound('asset', body.assetId)
    const version = body.version === undefined ? {} : { version: body.version }
    const key = `request/${by.requestId ?? uuidv7(deps.clock.now())}`
    return view(await startRun(deps)(by, { workflow: body.workflow, ...version, asset, variables: body.variables, key }))
  })
  route(runEndpoints.cancel, action(cancelRun(deps)))
  route(runEndpoints.pause, action(pauseRun(deps)))
  route(runEndpoints.resume, action(resumeRun(deps)))
  route(runEndpoints.retry, action(retryRun(deps)))
}

function definitionRoutes(route: Route, deps: WorkflowsHttpDeps): void {
  route(definitionEndpoints.list, async ({ by, query }) => {
    const name = listRequest({ ...query, sort: undefined }, { sort: ['name'], filter: ['name:'] }).filter.get('name') ?? null
    const { limit, cursor } = listRequest(query, { sort: name === null ? ['name'] : ['-version'], filter: ['name:'] })
    const { items, nextCursor } = await deps.definitions.list(by.accountId, { limit, cursor, name })
    return { items: items.map((item) => definitionView(item, item.current)), nextCursor }
  })
  route(definitionEndpoints.get, async ({ by, params }) => {
    const deployed = await deps.definitions.find(by.accountId, params.id)
    if (!deployed) throw notFound('workflow definition', params.id)
    const current = await deps.definitions.findByName(by.accountId, deployed.definition.name, null)
    return definitionView(deployed, current?.id === deployed.id)
  })
  route(definitionEndpoints.deploy, async ({ by, body }) => definitionView(await deployDefinition(deps)(by, body), true))
}
