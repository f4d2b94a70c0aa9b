type Facts = Record<string, unknown>

export const MASK = '•••'

/** Only what differs between two descriptions of one thing, as an event tells it. */
export function changedFacts(before: Facts, after: Facts): { before: Facts; after: Facts } {
  const keys = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const only = (facts: Facts): Facts => Object.fromEntries(keys.map((key) => [key, facts[key]]))
  return { before: only(before), after: only(after) }
}
