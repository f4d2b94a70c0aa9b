import { afterAll, afterEach, describe } from 'vitest'
import { eventBusContract, type EventBusUnderTest } from '../../ports/event-bus.contract.ts'
import { eventStoresForTests, type EventProcess } from './testing.ts'

const stores = await eventStoresForTests()
afterAll(() => stores?.stop())
afterEach(() => stores?.closeProcesses())

describe.skipIf(stores === null)('over a real RabbitMQ', () => {
  eventBusContract('rabbitmq', async () => {
    const { openProcess } = await stores!.open()
    const asUnderTest = ({ bus, emit }: EventProcess): EventBusUnderTest => ({
      bus,
      emit,
      reopen: async () => asUnderTest(await openProcess()),
    })
    return asUnderTest(await openProcess())
  })
})
