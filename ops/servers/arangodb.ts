import { givenOrOwn, NotAvailable, type StartOptions, type StoreServer } from './store-server.ts'

/** The ArangoDB that `CAPSTAN_TEST_ARANGODB_URL` names. No registry has one that could be fetched. */
export const startArangodb = (options: StartOptions = {}): Promise<StoreServer | null> =>
  givenOrOwn('arangodb', options, async () => {
    throw new NotAvailable('ArangoDB cannot be fetched from a registry')
  })
