import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
const parsed = new Map<string, { text: string | null; value: unknown }>()

function read<T>(key: string, initial: T): T {
  const text = localStorage.getItem(key)
  const known = parsed.get(key)
  if (known && known.text === text) return known.value as T
  let value: unknown = initial
  try {
    if (text !== null) value = JSON.parse(text)
  } catch {
    // Somebody else's value under our key: the initial one serves.
  }
  parsed.set(key, { text, value })
  return value as T
}

/** A setting of this browser that every component with the same key sees change at once. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `capstan.${name}`
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener)
    window.addEventListener('storage', listener)
    return () => {
      listeners.delete(listener)
      window.removeEventListener('storage', listener)
    }
  }, [])
  const value = useSyncExternalStore(subscribe, () => read(key, initial))
  const set = useCallback(
    (next: T) => {
      localStorage.setItem(key, JSON.stringify(next))
      for (const listener of listeners) listener()
    },
    [key],
  )
  return [value, set]
}
