import type { ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { ErrorState, SkeletonRows } from '../../../components/States.tsx'

type Props<T> = { query: UseQueryResult<T[]>; head: readonly string[]; row: (item: T) => ReactNode; action?: ReactNode; empty?: ReactNode }

/** A table of configuration with its one action above. */
export function Listing<T>({ query, head, row, action, empty }: Props<T>) {
  return (
    <>
      {action && <div className="admin-head">{action}</div>}
      {query.isPending ? (
        <SkeletonRows />
      ) : query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data.length === 0 && empty ? (
        empty
      ) : (
        <table className="table">
          <thead>
            <tr>
              {head.map((name, i) => (
                <th key={i}>{name || <span className="sr-only">·</span>}</th>
              ))}
            </tr>
          </thead>
          <tbody>{query.data.map(row)}</tbody>
        </table>
      )}
    </>
  )
}
