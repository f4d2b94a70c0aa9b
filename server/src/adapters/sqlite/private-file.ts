import { closeSync, openSync } from 'node:fs'

/**
 * Makes the file of a database before SQLite does, which would let everybody on the machine read it; its -wal and -shm are given the same mode.
 * One that is there stays as it is.
 */
export function makePrivateFile(path: string): void {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
}
