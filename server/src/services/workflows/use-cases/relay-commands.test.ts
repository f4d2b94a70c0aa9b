import { expect, test } from 'vitest'
import { systemClock } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { CommandRelay } from '../command-relay.ts'
import type { Command } from '../domain/command.ts'
import type { PendingCommand } from '../ports/command-outbox.ts'
import { relayCommands, setAsideFirst, type RelayDeps } from './relay-commands.ts'

const cancel = (runId: string): Command => ({ type: 'cancel', runId })

/** An outbox with these commands, and jobs that answer as told. */
function under(commands: readonly Command[], cancelRun: (runId: string) => Promise<void>) {
  let pending: PendingCommand[] = commands.map((command, index) => ({ number: index + 1, accountId: 1, command }))
  const outbox = {
    pending: async (limit: number) => pending.slice(0, limit),
    remove: async (numbers: readonly number[]) => void (pending = pending.filter(({ number }) => !numbers.includes(number))),
  }
  const jobs = { cancelRun: (_: number, runId: string) => cancelRun(runId) }
  const runs = { openChildren: async () => [] }
  const deps = { commands: outbox, jobs, runs, clock: systemClock, relay: () => {} } as unknown as RelayDeps
  return { deps, left: () => pending.map(({ number }) => number) }
}

test('nothing is removed while the receiver is away, and all is passed on when it is back', async () => {
  let isAway = true
  const got: string[] = []
  const { deps, left } = under([cancel('a'), cancel('b')], async (runId) => {
    if (isAway && runId === 'b') throw new CapstanError('unavailable', 'away')
    got.push(runId)
  })
  await expect(relayCommands(deps)()).rejects.toMatchObject({ code: 'unavailable' })
  await setAsideFirst(deps, () => expect.unreachable())()
  expect(left()).toEqual([2])
  isAway = false
  expect(await relayCommands(deps)()).toBe(1)
  expect(left()).toEqual([])
  expect(got.at(-1)).toBe('b')
})

test('one that can never pass holds up nobody: it is given up and told', async () => {
  const got: string[] = []
  const told: Command[] = []
  const { deps, left } = under([cancel('a'), cancel('poison'), cancel('c')], async (runId) => {
    if (runId === 'poison') throw new TypeError('a defect')
    got.push(runId)
  })
  await setAsideFirst(deps, (_, command) => told.push(command))()
  expect(told).toEqual([cancel('poison')])
  expect(got).toEqual(['a', 'c'])
  expect(left()).toEqual([])
})

test('a relay passes on what came while it was at it, backs off after a failure, and stops', async () => {
  let [calls, failures] = [0, 0]
  const relay = new CommandRelay({
    relay: async () => {
      calls += 1
      if (calls === 2) throw new CapstanError('unavailable', 'away')
      return calls === 1 ? 1 : 0
    },
    setAside: async () => {},
    onError: () => (failures += 1),
  })
  relay.wake()
  expect(calls).toBe(0)
  relay.start()
  await expect.poll(() => calls).toBe(3)
  expect(failures).toBe(1)
  await relay.stop()
  relay.wake()
  expect(calls).toBe(3)
})
