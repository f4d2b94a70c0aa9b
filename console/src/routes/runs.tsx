import { useCallback, useState } from 'react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { JobPanel } from '../features/jobs/components/JobPanel.tsx'
import '../features/jobs/components/jobs.css'
import { RunGraph } from '../features/workflows/components/RunGraph.tsx'
import { useRun } from '../features/workflows/api/workflows.ts'
import { RunsView } from '../features/workflows/components/RunsView.tsx'

export function RunsPage() {
  const { filter } = useSearch({ from: '/frame/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const onFilter = useCallback((text: string) => void navigate({ search: { filter: text || undefined }, replace: true }), [navigate])
  return <RunsView filter={filter ?? ''} onFilter={onFilter} />
}

export function RunPage() {
  const { t } = useTranslation()
  const { number } = useParams({ from: '/frame/runs/$number' })
  const navigate = useNavigate()
  const { data: run } = useRun(number)
  const [chosen, setChosen] = useState<{ node: string; job: string | null } | null>(null)
  return (
    <div className="page">
      <header className="page-bar">
        <button className="btn ghost" onClick={() => void navigate({ to: '/runs' })}>
          <ChevronLeft size={16} /> {t('workflows.runs')}
        </button>
        <h1>{t('workflows.run', { number: run?.number ?? '' })}</h1>
      </header>
      <div
        style={{ display: 'grid', gridTemplateColumns: chosen?.job ? 'minmax(0, 1fr) min(380px, 100%)' : 'minmax(0, 1fr)', minHeight: 0 }}
      >
        <RunGraph id={number} chosen={chosen?.node} onChoose={(node) => setChosen({ node: node.id, job: node.jobId })} />
        {chosen?.job && <JobPanel id={chosen.job} onClose={() => setChosen(null)} />}
      </div>
    </div>
  )
}
