/** One version of a secret. */
export type Secret = Readonly<{ version: number; value: Uint8Array }>

/**
 * Named secrets of the platform itself: keys, and passwords for other systems. Nothing is leased and nothing needs to be closed; whoever holds a value asks
 * again when it must be the newest one, so that a rotation made elsewhere is noticed by the next reading.
 */
export interface Secrets {
  /** The newest version, or a certain one; null when there is none. Versions never change. Throws `unavailable` when the secrets cannot be read safely. */
  get(name: string, version?: number): Promise<Secret | null>
  /** Adds a version and answers its number, after it is durable. `conflict` unless the newest is `expectedVersion`; 0 for none yet. The newest ten stay readable. */
  put(name: string, value: Uint8Array, expectedVersion: number): Promise<number>
  /** All versions; nothing happens when there are none. */
  delete(name: string): Promise<void>
  /** In alphabetical order. */
  names(): Promise<string[]>
}

/** What adapters have in common: a name is a part of a path or address there. */
export const SECRET_NAME = /^[a-z][a-z0-9-]{0,63}$/
export const SECRET_VERSIONS_KEPT = 10
