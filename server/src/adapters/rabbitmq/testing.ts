import { randomUUID } from 'node:crypto'
import { startRabbitmq, type RabbitmqServer } from '../../../../ops/servers/rabbitmq.ts'
import { systemClock } from '../../lib/clock.ts'
import { sampleEvent } from '../../ports/event-bus.contract.ts'
import { MariadbConsumerState, positionOfSlowest } from '../mariadb/consumer-state.ts'
import type { MariadbDatabase } from '../mariadb/database.ts'
import { MariadbEventRelay } from '../mariadb/event-relay.ts'
import { MariadbLease } from '../mariadb/lease.ts'
import { mariadbForTests } from '../mariadb/testing.ts'
import { MongodbEventHistory } from '../mongodb/event-history.ts'
import type { MongodbDatabase } from '../mongodb/database.ts'
import { mongodbForTests } from '../mongodb/testing.ts'
import { appendEvents } from '../sql/outbox.ts'
import { RabbitmqBroker } from './broker.ts'
import { RabbitmqEventBus } from './event-bus.ts'
import { RabbitmqSignals } from './signals.ts'

/** One process of the cluster, as far as events go. */
export type EventProcess = Awaited<ReturnType<typeof openProcess>>

/** What outlives processes. */
type Stores = { database: MariadbDatabase; mongodb: MongodbDatabase; rabbitmqUrl: string; prefix: string }

async function openProcess({ database, mongodb, rabbitmqUrl, prefix }: Stores) {
  const holder = randomUUID()
  const broker = await RabbitmqBroker.open({ url: rabbitmqUrl, prefix })
  const signals = new RabbitmqSignals(broker)
  const history = await MongodbEventHistory.open(mongodb, () => positionOfSlowest(database))
  const stateOf = (consumer: string) => new MariadbConsumerState(database, { consumer, holder })
  const bus = new RabbitmqEventBus({ broker, signals, history, stateOf, clock: systemClock, retryDelayMs: 5 })
  const relay = new MariadbEventRelay(database, new MariadbLease(database, { name: 'relay', holder }), {
    append: (events) => history.append(events),
    publish: (events) => bus.publish(events),
    tellHolder: () => signals.emit('outbox'),
  })
  signals.on('outbox', () => void relay.pump().catch(() => {}))
  const emit = async (names: readonly string[]) => {
    await database.write(() => appendEvents(database, 'assets', names.map(sampleEvent)))
    await relay.pump()
  }
  const close = async () => {
    await bus.close()
    await relay.close()
    await signals.close()
    await broker.close()
  }
  return { bus, relay, history, broker, signals, emit, close }
}

export type EventStoresForTests = {
  rabbitmq: RabbitmqServer
  /** A platform's worth of empty stores; each call of `openProcess` is one more process on them. */
  open: () => Promise<{ database: MariadbDatabase; openProcess: () => Promise<EventProcess> }>
  /** Ends the processes of the last test. */
  closeProcesses: () => Promise<void>
  stop: () => Promise<void>
}

/** MariaDB, MongoDB and RabbitMQ; null when one of them cannot be had. For tests only. */
export async function eventStoresForTests(): Promise<EventStoresForTests | null> {
  const [mariadb, mongodb, rabbitmq] = await Promise.all([mariadbForTests(), mongodbForTests(), startRabbitmq()])
  const stopServers = () => Promise.all([mariadb?.stop(), mongodb?.stop(), rabbitmq?.stop()])
  if (!mariadb || !mongodb || !rabbitmq) {
    await stopServers()
    return null
  }
  const processes: EventProcess[] = []
  const closeProcesses = async () => {
    await Promise.all(processes.splice(0).map(({ close }) => close()))
  }
  return {
    rabbitmq,
    open: async () => {
      const stores = {
        database: await mariadb.open(),
        mongodb: await mongodb.open(),
        rabbitmqUrl: rabbitmq.url,
        prefix: `t${randomUUID()}`,
      }
      const open = async () => {
        const process = await openProcess(stores)
        processes.push(process)
        return process
      }
      return { database: stores.database, openProcess: open }
    },
    closeProcesses,
    stop: async () => {
      await closeProcesses()
      await stopServers()
    },
  }
}
