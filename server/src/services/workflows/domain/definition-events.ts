import type { Actor, EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../../lib/events.ts'
import type { DeployedDefinition } from './deployed-definition.ts'

export const workflowDeployed = (deployed: DeployedDefinition, actor: Actor, requestId: string | null): EventEnvelope =>
  newEvent('workflow.deployed', deployed.createdAtMs, {
    accountId: deployed.accountId,
    actor,
    subject: { kind: 'workflow', id: deployed.id, number: null, name: deployed.definition.name },
    after: { name: deployed.definition.name, version: deployed.version, checksum: deployed.checksum },
    requestId,
  })
