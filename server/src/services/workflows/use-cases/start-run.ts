import type { Right } from '@capstan/contract/rights'
import type { Clock } from '../../../lib/clock.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { CheckWorkflow, StartRun } from '../api.ts'
import type { DefinitionCache } from '../definition-cache.ts'
import { decideStart } from '../domain/decide.ts'
import type { DeployedDefinition } from '../domain/deployed-definition.ts'
import { rightsOfActions, startedBy } from '../domain/needed-rights.ts'
import { runEvent } from '../domain/run-events.ts'
import type { ParentNode, Run } from '../domain/run.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'
import type { RunStore } from '../ports/run-store.ts'

export type StartDeps = { runs: RunStore; definitions: DefinitionStore; cache: DefinitionCache; clock: Clock; relay: () => void }
export type SubRun = Readonly<{ parent: ParentNode; depth: number; startedBy: string }>

const VARIABLES_LENGTH_MAX = 65_536

/**
 * Starts a workflow. The same key again starts nothing and answers the first run. Throws `not_found` for an unknown workflow, and `forbidden` for
 * one that publishes, itself or by a workflow that it starts, where the caller may not.
 */
export const startRun =
  ({ runs, definitions, cache, clock, relay }: StartDeps) =>
  async (by: Principal, start: StartRun, subRun: SubRun | null = null): Promise<Run> => {
    authorise(by, 'operate')
    if (jsonLength(start.variables) > VARIABLES_LENGTH_MAX)
      throw new CapstanError('too_large', 'the variables of a run may have 64 KiB: store the data elsewhere and pass its id')
    const deployed = await definitions.findByName(by.accountId, start.workflow, start.version ?? null)
    if (!deployed) throw unknownWorkflow(start)
    await authoriseActions(definitions, by, deployed)
    const nowMs = clock.now()
    const compiled = cache.compile(deployed)
    const decision = decideStart(
      compiled,
      {
        id: uuidv7(nowMs),
        accountId: by.accountId,
        key: start.key,
        workflow: start.workflow,
        version: deployed.version,
        definitionId: deployed.id,
        status: 'running',
        reason: null,
        warnings: [],
        asset: start.asset,
        startedBy: subRun?.startedBy ?? by.name,
        variables: start.variables,
        nodes: {},
        outputs: {},
        outputsLength: 0,
        parent: subRun?.parent ?? null,
        depth: subRun?.depth ?? 0,
        createdAtMs: nowMs,
        endedAtMs: null,
        revision: 0,
      },
      nowMs,
    )
    const { run, started } = await runs.start(decision.run, (numbered) => ({
      commands: decision.commands,
      events: decision.events.map((name) => runEvent(name, null, numbered, nowMs, actorOf(by), by.requestId)),
    }))
    crashAt('after-run-start')
    if (started && decision.commands.length > 0) relay()
    return run
  }

/** What a start would be refused for, said before. */
export const checkStart =
  (definitions: DefinitionStore): CheckWorkflow =>
  async (by, workflow) => {
    const deployed = await definitions.findByName(by.accountId, workflow, null)
    if (deployed) await authoriseActions(definitions, by, deployed)
  }

async function authoriseActions(definitions: DefinitionStore, by: Principal, deployed: DeployedDefinition): Promise<void> {
  const seen = new Set([deployed.definition.name])
  for (const open = [deployed.definition]; ;) {
    const definition = open.pop()
    if (!definition) return
    for (const right of rightsOfActions(definition)) if (!by.rights.has(right)) throw needs(right, by, deployed)
    for (const name of startedBy(definition)) {
      if (seen.has(name)) continue
      seen.add(name)
      const next = await definitions.findByName(by.accountId, name, null)
      if (next) open.push(next.definition)
    }
  }
}

const needs = (right: Right, by: Principal, { definition: { name } }: DeployedDefinition) =>
  new CapstanError(
    'forbidden',
    `${by.name} may not start the workflow "${name}": it needs the right "${right}". Choose another workflow, or ask an administrator for that right`,
    { details: { right, workflow: name } },
  )

const unknownWorkflow = ({ workflow, version }: StartRun) =>
  new CapstanError(
    'not_found',
    `there is no workflow "${workflow}"${version === undefined ? '' : ` in version ${version}`}: deploy it, or use another name`,
    { details: { workflow } },
  )

/** Throws `invalid` for what is nested so deeply that it cannot be written. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch (cause) {
    throw new CapstanError('invalid', 'the variables of a run are nested too deeply', { cause })
  }
}
