import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FilterBox } from '../../../components/FilterBox.tsx'
import { ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { exact } from '../../../lib/format.ts'
import { useAudit } from '../api/admin.ts'

/** Who did what, newest first: done and refused, with before and after. */
export function Audit() {
  const { t } = useTranslation()
  const [filter, setFilter] = useState('')
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useAudit(filter)
  const entries = data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <div className="admin-head">
        <FilterBox value={filter} label={t('jobs.filter')} placeholder={t('admin.audit.filter')} onChange={setFilter} />
      </div>
      {isPending ? (
        <SkeletonRows />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <table className="table">
          <thead>
            <tr>
              {(['when', 'who', 'what', 'subject', 'outcome', 'address', 'changes'] as const).map((name) => (
                <th key={name}>{t(`admin.audit.${name}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.id}>
                <td className="mono dim">{exact(entry.at)}</td>
                <td>{entry.actor.name}</td>
                <td>{entry.action.replace('.', ' ').replaceAll('_', ' ')}</td>
                <td className="dim cut" style={{ maxWidth: 260 }} dir="auto">
                  {[entry.subject.kind.replaceAll('_', ' '), entry.subject.number && `#${entry.subject.number}`, entry.subject.name]
                    .filter(Boolean)
                    .join(' ')}
                </td>
                <td>
                  <span className="state">
                    <span className={`dot ${entry.outcome === 'done' ? 'ok' : 'bad'}`} />
                    {t(`admin.audit.${entry.outcome}`)}
                  </span>
                </td>
                <td className="mono dim">{entry.address}</td>
                <td>
                  {(entry.before ?? entry.after) && (
                    <details>
                      <summary className="dim">{t('admin.audit.changes')}</summary>
                      <pre className="json" tabIndex={0}>
                        {JSON.stringify({ before: entry.before, after: entry.after }, null, 2)}
                      </pre>
                    </details>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && (
        <div className="row" style={{ justifyContent: 'center', padding: 12 }}>
          <button className="btn" onClick={() => void fetchNextPage()}>
            {t('admin.audit.more')}
          </button>
        </div>
      )}
    </>
  )
}
