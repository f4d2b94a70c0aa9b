import { CapstanError } from '../../lib/errors.ts'

const TRIES_MAX = 3

/** Runs a unit again that looked for a key, found none, and then lost the race for it. After three tries the conflict is the caller's. */
export async function repeatOnConflict<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof CapstanError) || error.code !== 'conflict' || tries === TRIES_MAX) throw error
    }
  }
}
