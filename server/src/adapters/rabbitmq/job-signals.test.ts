import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { openJobs, sampleJob } from '../../services/jobs/ports/job-queue.samples.ts'
import { openJobStores } from '../sql/testing.ts'
import { announcing, onWork } from './job-signals.ts'
import { startRabbitmq } from '../../../../ops/servers/rabbitmq.ts'
import { mariadbForTests } from '../mariadb/testing.ts'
import { RabbitmqBroker } from './broker.ts'
import { RabbitmqSignals } from './signals.ts'

const [mariadb, rabbitmq] = await Promise.all([mariadbForTests(), startRabbitmq()])
const opened: { close: () => Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})
afterAll(async () => {
  await Promise.all([mariadb?.stop(), rabbitmq?.stop()])
})

describe.skipIf(!mariadb || !rabbitmq)('a queue that tells of work', () => {
  const signalsOf = async (prefix: string) => {
    const broker = await RabbitmqBroker.open({ url: rabbitmq!.url, prefix })
    const signals = new RabbitmqSignals(broker)
    opened.push(signals, broker)
    return signals
  }

  jobQueueContract('rabbitmq', async (clock) => {
    const stores = openJobStores(await mariadb!.open(), clock)
    return { ...stores, queue: announcing(stores.queue, await signalsOf(randomUUID())) }
  })

  it('wakes the workers of its pool in other processes, after the commit', async () => {
    const prefix = randomUUID()
    const [here, there] = [await signalsOf(prefix), await signalsOf(prefix)]
    const { add } = await openJobs(async (clock) => {
      const stores = openJobStores(await mariadb!.open(), clock)
      return { ...stores, queue: announcing(stores.queue, here) }
    })
    const [light, encode, own] = [vi.fn(), vi.fn(), vi.fn()]
    onWork(there, ['light'], light)
    onWork(there, ['encode'], encode)
    onWork(here, ['light'], own)
    const probe = vi.fn()
    there.on('probe', probe)
    const bothListen = () => {
      here.emit('probe')
      expect(probe).toHaveBeenCalled()
    }
    await vi.waitFor(bothListen, { timeout: 5_000, interval: 50 })
    for (const listener of [light, encode, own]) listener.mockClear()
    await add(sampleJob('a'))
    await vi.waitFor(() => expect(light).toHaveBeenCalledTimes(1))
    expect(encode).not.toHaveBeenCalled()
    expect(own).not.toHaveBeenCalled()
    await add(sampleJob('a'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(light).toHaveBeenCalledTimes(1)
  })
})
