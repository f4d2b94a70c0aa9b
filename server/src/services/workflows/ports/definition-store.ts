import type { EventEnvelope } from '@capstan/contract/events'
import type { DeployedDefinition } from '../domain/deployed-definition.ts'

export type DefinitionPage = Readonly<{ limit: number; cursor: string | null; name: string | null }>

export interface DefinitionStore {
  /** Adds the next version, unless the current one has this checksum: then that one is answered and no event is told. */
  deploy(
    definition: Omit<DeployedDefinition, 'version'>,
    deployed: (definition: DeployedDefinition) => EventEnvelope,
  ): Promise<DeployedDefinition>
  find(accountId: number, id: string): Promise<DeployedDefinition | null>
  /** The current version, or the one asked for. */
  findByName(accountId: number, name: string, version: number | null): Promise<DeployedDefinition | null>
  /** Current versions by name; with `name`, all versions of that one, newest first. Throws `invalid` for a cursor of another list. */
  list(
    accountId: number,
    page: DefinitionPage,
  ): Promise<{ items: (DeployedDefinition & { current: boolean })[]; nextCursor: string | null }>
  names(accountId: number): Promise<Set<string>>
}
