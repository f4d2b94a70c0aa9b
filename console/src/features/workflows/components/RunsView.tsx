import { useCallback } from 'react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { RunSummary } from '@capstan/contract/work'
import { PlaySquare } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { FilterBox } from '../../../components/FilterBox.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { span } from '../../../lib/format.ts'
import { useNow } from '../../../lib/use-now.ts'
import { useRuns } from '../api/workflows.ts'
import { RunState } from './RunGraph.tsx'

const STATUSES = ['running', 'completed', 'failed', 'cancelled'] as const

/** Every run, newest first. */
export function RunsView({ filter, onFilter }: { filter: string; onFilter: (filter: string) => void }) {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useRuns(filter)
  const runs = data?.pages.flatMap(({ items }) => items) ?? []
  const change = useCallback((text: string) => onFilter(text), [onFilter])
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('workflows.runs')}</h1>
        <FilterBox value={filter} label={t('jobs.filter')} placeholder="status:failed workflow:ingest" onChange={change} />
        {STATUSES.map((status) => (
          <button
            key={status}
            className="btn wide-only"
            aria-pressed={filter === `status:${status}`}
            onClick={() => onFilter(filter === `status:${status}` ? '' : `status:${status}`)}
          >
            {t(`workflows.status.${status}`)}
          </button>
        ))}
      </header>
      <div className="page-body" tabIndex={0} role="region" aria-label={t('workflows.runs')}>
        {isPending ? (
          <SkeletonRows />
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : runs.length === 0 ? (
          <EmptyState icon={PlaySquare} title={t('workflows.noRuns')} hint={t('workflows.noRunsHint')} />
        ) : (
          <RunTable runs={runs} />
        )}
        {hasNextPage && (
          <div className="row" style={{ justifyContent: 'center', padding: 12 }}>
            <button className="btn" onClick={() => void fetchNextPage()}>
              {t('common.more')}
            </button>
          </div>
        )}
      </div>
    </div>
  )
}

function RunTable({ runs }: { runs: readonly RunSummary[] }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const now = useNow(1_000)
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t('workflows.column.number')}</th>
          <th>{t('workflows.column.status')}</th>
          <th className="wide-only">{t('workflows.column.workflow')}</th>
          <th>{t('workflows.column.asset')}</th>
          <th className="wide-only">{t('workflows.column.by')}</th>
          <th className="wide-only">{t('workflows.column.when')}</th>
          <th className="wide-only">{t('workflows.column.took')}</th>
          <th className="wide-only">{t('workflows.column.why')}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id} onDoubleClick={() => void navigate({ to: '/runs/$number', params: { number: String(run.number) } })}>
            <td className="mono">
              <Link to="/runs/$number" params={{ number: String(run.number) }}>
                {run.number}
              </Link>
            </td>
            <td>
              <RunState status={run.status} warnings={run.warnings.length} />
            </td>
            <td className="dim wide-only">
              {run.workflow} <span className="dimmer">{t('workflows.version', { version: run.version })}</span>
            </td>
            <td className="cut" style={{ maxWidth: 260 }} dir="auto">
              {run.asset && (
                <Link to="/assets/$number" params={{ number: String(run.asset.number) }}>
                  {run.asset.name}
                </Link>
              )}
            </td>
            <td className="dim wide-only">{run.startedBy}</td>
            <td className="dim wide-only">
              <Ago at={run.createdAt} />
            </td>
            <td className="mono dim wide-only">{span((run.endedAt ? Date.parse(run.endedAt) : now) - Date.parse(run.createdAt))}</td>
            <td className="dim cut wide-only" style={{ maxWidth: 320 }} title={run.reason ?? run.warnings.join('\n')}>
              {run.reason ?? run.warnings[0] ?? ''}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
