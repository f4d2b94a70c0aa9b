import { describe, expect, it } from 'vitest'
import type { Run } from '../domain/run.ts'
import type { PendingCommand } from './command-outbox.ts'
import { NOTHING, sampleRun, type RunStoreUnderTest } from './run-store.samples.ts'
import type { RunOutbox } from './run-store.ts'

/** Its commands come in by the runs that they are committed with. */
export function commandOutboxContract(adapter: string, open: () => Promise<RunStoreUnderTest>): void {
  const cancelling =
    (...names: string[]) =>
    (run: Run): RunOutbox => ({ commands: names.map((name) => ({ type: 'cancel', runId: `${name}${run.key}` })), events: [] })
  const named = ({ accountId, command }: PendingCommand) => [accountId, 'runId' in command && command.runId]

  describe(`${adapter} is a CommandOutbox`, () => {
    it('hands commands out oldest first until they are removed', async () => {
      const { runs, commands } = await open()
      await runs.start(sampleRun('a'), cancelling('1', '2', '3'))
      await runs.start(sampleRun('b', { accountId: 2 }), cancelling('1', '2', '3'))
      const pending = await commands.pending(4)
      expect(pending.map(named)).toEqual([
        [1, '1a'],
        [1, '2a'],
        [1, '3a'],
        [2, '1b'],
      ])
      expect(await commands.pending(4)).toEqual(pending)
      await commands.remove(pending.slice(1).map(({ number }) => number))
      expect((await commands.pending(10)).map(named)).toEqual([
        [1, '1a'],
        [2, '2b'],
        [2, '3b'],
      ])
    })

    it('is content when they are gone already, and when nothing is to be removed', async () => {
      const { runs, commands } = await open()
      await runs.start(sampleRun('a'), cancelling('1'))
      const [only] = await commands.pending(10)
      await commands.remove([])
      expect(await commands.pending(10)).toHaveLength(1)
      await commands.remove([only!.number])
      await commands.remove([only!.number])
      expect(await commands.pending(10)).toEqual([])
    })

    it('never gives a number again, so that removing twice cannot meet a later command', async () => {
      const { runs, commands } = await open()
      await runs.start(sampleRun('a'), cancelling('1'))
      const [first] = await commands.pending(10)
      await commands.remove([first!.number])
      await runs.start(sampleRun('b'), cancelling('1'))
      await commands.remove([first!.number])
      expect((await commands.pending(10)).map(named)).toEqual([[1, '1b']])
    })

    it('hands a command out as it was', async () => {
      const { runs, commands } = await open()
      const { run } = await runs.start(sampleRun('a'), () => NOTHING)
      const command = {
        type: 'start_run',
        workflow: 'Ä "x" 😀',
        key: 'k',
        variables: { list: [1, null, { deep: true }] },
        asset: { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Ä 😀.mov' },
        parent: { runId: run.id, nodeId: 'n', visit: 1 },
        depth: 1,
        startedBy: 'Ann',
      } as const
      await runs.commit({ ...run, revision: 2 }, 1, { commands: [command], events: [] })
      expect((await commands.pending(1)).map((pending) => [pending.accountId, pending.command])).toEqual([[1, command]])
    })
  })
}
