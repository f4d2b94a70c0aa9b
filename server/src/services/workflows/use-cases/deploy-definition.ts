import { createHash } from 'node:crypto'
import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import type { Clock } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import { workflowDeployed } from '../domain/definition-events.ts'
import { validateDefinition } from '../domain/validate-definition.ts'
import type { DeployedDefinition } from '../domain/deployed-definition.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'

export type DeployDeps = { definitions: DefinitionStore; actions: ReadonlySet<string>; clock: Clock }

/** Deploys a version; the same content as the current one changes nothing. Throws `invalid` with every problem, each naming the node and what to do. */
export const deployDefinition =
  ({ definitions, actions, clock }: DeployDeps) =>
  async (by: Principal, definition: WorkflowDefinition): Promise<DeployedDefinition> => {
    authorise(by, 'administer')
    const problems = validateDefinition(definition, { actions, workflows: await definitions.names(by.accountId) })
    if (problems.length > 0)
      throw new CapstanError('invalid', `the workflow "${definition.name}" cannot be deployed: ${problems.join('; ')}`, {
        details: { problems },
      })
    const nowMs = clock.now()
    const asked = {
      id: uuidv7(nowMs),
      accountId: by.accountId,
      definition,
      checksum: checksumOf(definition),
      createdAtMs: nowMs,
      createdBy: by.name,
    }
    return definitions.deploy(asked, (deployed) => workflowDeployed(deployed, actorOf(by), by.requestId))
  }

const checksumOf = (definition: WorkflowDefinition): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(definition)))
    .digest('hex')

/** The same content in any order of keys is the same content. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
