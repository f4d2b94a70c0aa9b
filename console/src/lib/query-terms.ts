const quoted = (value: string): string => (/^[\p{L}\p{N}_.-]+$/u.test(value) ? value : `"${value.replaceAll('"', '')}"`)

/** How the query language writes that a field has a value: `tag:"open air"`. */
export const term = (field: string, value: string): string => `${field}:${quoted(value)}`

/** The words of a query; phrases and `field:"…"` stay whole. */
export const words = (query: string): string[] => query.match(/(?:[^\s"]|"[^"]*(?:"|$))+/g) ?? []

export const hasTerm = (query: string, field: string, value: string): boolean => words(query).includes(term(field, value))

/** The query with the term added at its end, or without it where it stood. */
export function toggleTerm(query: string, field: string, value: string): string {
  const wanted = term(field, value)
  const parts = words(query)
  return (parts.includes(wanted) ? parts.filter((part) => part !== wanted) : [...parts, wanted]).join(' ')
}
