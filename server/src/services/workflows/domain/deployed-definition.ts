import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'

/** One version of a workflow; it never changes. */
export type DeployedDefinition = Readonly<{
  id: string
  accountId: number
  version: number
  definition: WorkflowDefinition
  /** Of the canonical content: the same content is the same version. */
  checksum: string
  createdAtMs: number
  createdBy: string
}>
