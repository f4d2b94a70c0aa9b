import { Select } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Workflow } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { useVersions, useWorkflows } from '../api/workflows.ts'
import { Graph } from './Graph.tsx'

type Props = { name: string | undefined; version: number | undefined; onVersion: (version: number) => void }

/** What workflows there are, each with its drawing and its versions; to be read, not edited. */
export function WorkflowsView({ name, version, onVersion }: Props) {
  const { t } = useTranslation()
  const { data, error, refetch } = useWorkflows()
  const shown = name ?? data?.items[0]?.name
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('workflows.title')}</h1>
        <span className="grow" />
        <Link className="btn" to="/runs">
          {t('workflows.runs')}
        </Link>
      </header>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <SkeletonRows />
      ) : data.items.length === 0 ? (
        <EmptyState icon={Workflow} title={t('workflows.empty')} hint={t('workflows.emptyHint')} />
      ) : (
        <div className="wf">
          <nav className="wf-list" aria-label={t('workflows.definitions')}>
            {data.items.map((item) => (
              <Link key={item.id} to="/workflows" search={{ name: item.name }} className={`wf-item ${item.name === shown ? 'on' : ''}`}>
                <b>{item.title}</b>
                <span className="small dim">
                  <span className="mono">{item.name}</span> · {t('workflows.version', { version: item.version })}
                </span>
              </Link>
            ))}
          </nav>
          {shown && <Definition name={shown} version={version} onVersion={onVersion} />}
        </div>
      )}
    </div>
  )
}

function Definition({ name, version, onVersion }: { name: string; version: number | undefined; onVersion: (version: number) => void }) {
  const { t } = useTranslation()
  const { data, error } = useVersions(name)
  const shown = data?.find((candidate) => candidate.version === version) ?? data?.find(({ current }) => current) ?? data?.[0]
  if (error) return <ErrorState error={error} />
  if (!shown || !data) return <SkeletonRows />
  return (
    <section className="wf-main">
      <div className="wf-head">
        <div className="row wrap">
          <h2 style={{ fontSize: 15 }}>{shown.title}</h2>
          <Select
            aria-label={t('workflows.versions')}
            w={170}
            value={String(shown.version)}
            onChange={(value) => value && onVersion(Number(value))}
            data={data.map((item) => ({
              value: String(item.version),
              label: `${t('workflows.version', { version: item.version })}${item.current ? `, ${t('workflows.current')}` : ''}`,
            }))}
          />
          <span className="small dimmer">
            {t('workflows.deployed', { name: shown.createdBy })}, <Ago at={shown.createdAt} />
          </span>
          <span className="grow" />
          <Link className="btn small" to="/runs" search={{ filter: `workflow:${name}` }}>
            {t('workflows.runs')}
          </Link>
        </div>
        {shown.definition.description && <p className="dim">{shown.definition.description}</p>}
      </div>
      <Graph definition={shown.definition} />
    </section>
  )
}
