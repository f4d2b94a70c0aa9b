import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import type { Principal } from '../../identity/api.ts'
import { deployDefinition, type DeployDeps } from './deploy-definition.ts'

/**
 * Deploys what this release ships, where it has changed. A version that a person deployed over a shipped one stays, until a release ships
 * something new under that name.
 */
export const deployShippedDefinitions =
  (deps: DeployDeps) =>
  async (by: Principal, shipped: readonly WorkflowDefinition[]): Promise<void> => {
    const deploy = deployDefinition(deps)
    for (const definition of shipped) if (!(await wasShipped(deps, by, definition))) await deploy(by, definition)
  }

/** Whether any earlier version has this content. */
async function wasShipped({ definitions }: DeployDeps, by: Principal, definition: WorkflowDefinition): Promise<boolean> {
  const content = JSON.stringify(definition)
  let cursor: string | null = null
  do {
    const page = await definitions.list(by.accountId, { limit: 200, cursor, name: definition.name })
    if (page.items.some((item) => JSON.stringify(item.definition) === content)) return true
    cursor = page.nextCursor
  } while (cursor !== null)
  return false
}
