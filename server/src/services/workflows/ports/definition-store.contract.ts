import { describe, expect, it } from 'vitest'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { uuidv7 } from '../../../lib/ids.ts'
import { workflowDeployed } from '../domain/definition-events.ts'
import type { DeployedDefinition } from '../domain/deployed-definition.ts'
import type { DefinitionStore } from './definition-store.ts'

export type DefinitionStoreUnderTest = { definitions: DefinitionStore; events: () => Promise<string[]> }

const NOW = Date.UTC(2026, 0, 1)
const ACTOR = { kind: 'system', id: 's', name: 's' } as const

const definition = (name: string, title: string): WorkflowDefinition =>
  WorkflowDefinition.parse({
    name,
    title,
    nodes: [
      { id: 'start', type: 'start', next: 'end' },
      { id: 'end', type: 'end' },
    ],
  })

export function definitionStoreContract(adapter: string, open: () => Promise<DefinitionStoreUnderTest>): void {
  const start = async () => {
    const under = await open()
    const deploy = (name: string, title: string, accountId = 1): Promise<DeployedDefinition> =>
      under.definitions.deploy(
        {
          id: uuidv7(NOW),
          accountId,
          definition: definition(name, title),
          checksum: title.padEnd(64, '.'),
          createdAtMs: NOW,
          createdBy: 'Ann',
        },
        (deployed) => workflowDeployed(deployed, ACTOR, null),
      )
    return { ...under, deploy }
  }

  describe(`${adapter} is a DefinitionStore`, () => {
    it('counts versions up, and takes the same content for the same version', async () => {
      const { definitions, deploy, events } = await start()
      const first = await deploy('ingest', 'Ä')
      expect(first).toMatchObject({ version: 1, definition: definition('ingest', 'Ä') })
      expect((await deploy('ingest', 'Ä')).id).toBe(first.id)
      expect((await deploy('ingest', 'B')).version).toBe(2)
      // Going back to an earlier content is a new version.
      expect((await deploy('ingest', 'Ä')).version).toBe(3)
      expect(await events()).toEqual(['workflow.deployed', 'workflow.deployed', 'workflow.deployed'])
      expect(await definitions.find(1, first.id)).toEqual(first)
    })

    it('gives each version once when several deploy at the same time', async () => {
      const { definitions, deploy } = await start()
      await Promise.all(['A', 'B', 'C'].map((title) => deploy('ingest', title)))
      const { items } = await definitions.list(1, { limit: 10, cursor: null, name: 'ingest' })
      expect(items.map(({ version, current }) => [version, current])).toEqual([
        [3, true],
        [2, false],
        [1, false],
      ])
    })

    it('finds the current version or the one asked for, by account', async () => {
      const { definitions, deploy } = await start()
      const first = await deploy('ingest', 'A')
      const second = await deploy('ingest', 'B')
      await deploy('ingest', 'C', 2)
      expect(await definitions.findByName(1, 'ingest', null)).toEqual(second)
      expect(await definitions.findByName(1, 'ingest', 1)).toEqual(first)
      expect(await definitions.findByName(1, 'ingest', 9)).toBeNull()
      expect(await definitions.find(2, first.id)).toBeNull()
    })

    it('lists the current versions by name, page by page', async () => {
      const { definitions, deploy } = await start()
      for (const name of ['c', 'a', 'b']) await deploy(name, 'A')
      await deploy('a', 'B')
      const first = await definitions.list(1, { limit: 2, cursor: null, name: null })
      const second = await definitions.list(1, { limit: 2, cursor: first.nextCursor, name: null })
      expect([...first.items, ...second.items].map(({ definition: { name }, version }) => [name, version])).toEqual([
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ])
      expect(second.nextCursor).toBeNull()
      expect(await definitions.names(1)).toEqual(new Set(['a', 'b', 'c']))
    })

    it('lists all versions of one, newest first, page by page', async () => {
      const { definitions, deploy } = await start()
      for (const title of ['A', 'B', 'C']) await deploy('ingest', title)
      await deploy('other', 'A')
      const first = await definitions.list(1, { limit: 2, cursor: null, name: 'ingest' })
      const second = await definitions.list(1, { limit: 2, cursor: first.nextCursor, name: 'ingest' })
      expect([...first.items, ...second.items].map(({ version, current }) => [version, current])).toEqual([
        [3, true],
        [2, false],
        [1, false],
      ])
      expect(second.nextCursor).toBeNull()
    })

    it('refuses a cursor of another list', async () => {
      const { definitions, deploy } = await start()
      for (const name of ['a', 'b']) await deploy(name, 'A')
      const { nextCursor } = await definitions.list(1, { limit: 1, cursor: null, name: null })
      await expect(definitions.list(1, { limit: 1, cursor: nextCursor, name: 'a' })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('keeps accounts apart', async () => {
      const { definitions, deploy } = await start()
      await deploy('a', 'A')
      expect((await deploy('a', 'A', 2)).version).toBe(1)
      await deploy('b', 'A', 2)
      expect(await definitions.names(1)).toEqual(new Set(['a']))
      expect((await definitions.list(1, { limit: 10, cursor: null, name: null })).items).toHaveLength(1)
    })
  })
}
