/** Told of what happens to the settings while the platform runs. */
export type SettingsListener<T> = {
  changed: (settings: T) => void
  /** Why they cannot be read now, in one sentence, once; the last good ones go on. */
  kept: (sentence: string) => void
}

/**
 * Settings that may be changed while the platform runs, kept as one JSON object. What that says is whole and valid, or it does not count: the last good ones
 * stay in force until better ones come.
 */
export interface Settings<T> {
  /** The newest good ones, from memory. */
  current(): T
  /** Told of every later change within a few seconds, until the function that is answered is called. The same settings again are no change. */
  watch(listener: SettingsListener<T>): () => void
  /** Nobody is told of anything afterwards. */
  close(): void
}

/** Makes settings of what lies there, an empty object where nothing does. Throws `invalid` with one sentence. */
export type ParseSettings<T> = (raw: unknown) => T
