import type { ReactNode } from 'react'

export type Fact = readonly [label: string, value: ReactNode]

/** Typed facts in readable rows; what is not known is left out. */
export function Facts({ facts }: { facts: readonly (Fact | null | false)[] }) {
  return (
    <dl className="facts">
      {facts.map((fact) => {
        if (!fact || fact[1] === null || fact[1] === undefined || fact[1] === '') return null
        return (
          <div key={fact[0]} style={{ display: 'contents' }}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        )
      })}
    </dl>
  )
}

/** The plain values of a record as facts; what is nested is left out. */
export const plainFacts = (record: Readonly<Record<string, unknown>>): Fact[] =>
  Object.entries(record).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)] as const] : [],
  )
