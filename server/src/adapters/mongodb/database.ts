import {
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  type Collection,
  type Db,
  type Document,
} from 'mongodb'
import { CapstanError } from '../../lib/errors.ts'

export type MongodbOptions = Readonly<{
  /** mongodb://user@host:port/database, with the hosts of a replica set separated by commas. */
  url: string
  /** Instead of one in the URL. */
  password?: string
  /** Encrypts and checks the server's certificate, against the authorities in this PEM file or, without one, those that Node knows. */
  tls?: Readonly<{ caFile?: string }>
  connectionsMax?: number
}>

/** MongoDB 6.0. */
const WIRE_VERSION_MIN = 17
const SELECTION_MS_MAX = 5_000
const ANSWER_MS_MAX = 30_000
const ACQUIRE_MS_MAX = 5_000
const DUPLICATE_KEY = 11_000
const OUT_OF_DISK = 14_031
const SHUTTING_DOWN_OR_NO_PRIMARY: ReadonlySet<number> = new Set([6, 7, 13, 18, 64, 89, 91, 189, 10_107, 11_600, 11_602, 13_435, 13_436])

/**
 * What was answered was written by a majority and what is read cannot be taken back: a sequence that a consumer has seen never means another event
 * after a fail-over. A write is never repeated by the driver; who appends looks for its keys first.
 */
export class MongodbDatabase {
  readonly #client: MongoClient
  readonly #db: Db

  private constructor(client: MongoClient) {
    this.#client = client
    this.#db = client.db()
  }

  /** Throws `invalid` with one sentence that says what is wrong and what to do. */
  static async open(options: MongodbOptions): Promise<MongodbDatabase> {
    const client = clientOf(options)
    try {
      await client.connect()
      const hello = await client.db().command({ hello: 1 })
      if (Number(hello['maxWireVersion']) < WIRE_VERSION_MIN) throw refusal('it is too old: Capstan needs MongoDB 6.0 or newer')
      if (hello['isWritablePrimary'] !== true) throw refusal('it takes no writes: name the whole replica set in CAPSTAN_MONGODB_URL')
      return new MongodbDatabase(client)
    } catch (error) {
      await client.close()
      throw error instanceof CapstanError ? error : refusal(sentenceOf(error), error)
    }
  }

  collection<T extends Document>(name: string): Collection<T> {
    return this.#db.collection<T>(name)
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

function clientOf({ url, password, tls, connectionsMax = 10 }: MongodbOptions): MongoClient {
  const parsed = /^mongodb(?:\+srv)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?[^/]+\/[^?]/.exec(url)
  if (!parsed) throw refusal('CAPSTAN_MONGODB_URL is no address with a database: mongodb://user@host:27017/capstan')
  const username = parsed[1] === undefined ? null : decodeURIComponent(parsed[1])
  return new MongoClient(url, {
    ...(username !== null && password !== undefined ? { auth: { username, password } } : {}),
    ...(tls ? { tls: true, ...(tls.caFile ? { tlsCAFile: tls.caFile } : {}) } : {}),
    maxPoolSize: connectionsMax,
    waitQueueTimeoutMS: ACQUIRE_MS_MAX,
    serverSelectionTimeoutMS: SELECTION_MS_MAX,
    connectTimeoutMS: SELECTION_MS_MAX,
    socketTimeoutMS: ANSWER_MS_MAX,
    writeConcern: { w: 'majority', wtimeoutMS: ANSWER_MS_MAX },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    retryWrites: false,
  })
}

/** Runs a command; its faults become the ports'. A duplicate key is `conflict`. */
export async function asking<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command()
  } catch (error) {
    throw translate(error)
  }
}

function translate(error: unknown): unknown {
  if (isBrokenSocket(error)) return new CapstanError('unavailable', 'MongoDB cannot be reached', { cause: error })
  if (error instanceof CapstanError || !(error instanceof MongoError)) return error
  const code = Number(error.code)
  if (code === DUPLICATE_KEY) return new CapstanError('conflict', 'it exists already', { cause: error })
  if (code === OUT_OF_DISK) return new CapstanError('no_space', 'MongoDB could not be written: its disk is full', { cause: error })
  const isAway = !(error instanceof MongoServerError) || SHUTTING_DOWN_OR_NO_PRIMARY.has(code)
  return isAway ? new CapstanError('unavailable', 'MongoDB cannot be reached', { cause: error }) : error
}

/** The driver passes some of these on as they are. */
const isBrokenSocket = (error: unknown): boolean =>
  /^(EPIPE|ECONN|ETIMEDOUT|ERR_STREAM|ERR_SOCKET)/.test((error as { code?: string } | null)?.code ?? '')

const refusal = (sentence: string, cause?: unknown): CapstanError => new CapstanError('invalid', `MongoDB: ${sentence}`, { cause })

function sentenceOf(error: unknown): string {
  const { message } = error as Error
  if (error instanceof MongoServerError && (error.code === 18 || error.code === 13))
    return 'user or password are refused: see CAPSTAN_MONGODB_URL and CAPSTAN_MONGODB_PASSWORD_FILE'
  if (/certificate|self-signed|SSL|TLS/i.test(message)) return 'its certificate is not trusted: see CAPSTAN_MONGODB_CA_FILE'
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) return 'no such host: see CAPSTAN_MONGODB_URL'
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError)
    return `nobody answers there (${message}): see CAPSTAN_MONGODB_URL, or start it`
  return message
}
