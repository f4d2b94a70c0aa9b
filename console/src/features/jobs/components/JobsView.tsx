import { useCallback, useMemo, useState, type ReactNode } from 'react'
import { useMediaQuery } from '@mantine/hooks'
import type { JobView } from '@capstan/contract/work'
import { Ban, FileDown, Group as GroupIcon, ListChecks, RotateCcw } from 'lucide-react'
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels'
import { useTranslation } from 'react-i18next'
import { FilterBox } from '../../../components/FilterBox.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { byCause, ENDED, FAILED, jobsCsv, statesIn, WAITING, withStates } from '../../../lib/job-groups.ts'
import { count } from '../../../lib/format.ts'
import { useRight } from '../../../lib/session.ts'
import { useJobs } from '../api/jobs.ts'
import { BulkDialog } from './BulkDialog.tsx'
import { JobList, type JobLine } from './JobList.tsx'
import { JobPanel } from './JobPanel.tsx'
import './jobs.css'

export type JobsSearch = { filter?: string | undefined; q?: string | undefined; job?: string | undefined; grouped?: boolean | undefined }

type Props = {
  wanted: JobsSearch
  onWanted: (change: JobsSearch) => void
  figures: { running: number; waiting: number; failed: number } | null
  run: (job: JobView) => ReactNode
}

/** What runs, what waits and why, what failed and what to do; below it the run that the chosen job belongs to. */
export function JobsView({ wanted, onWanted, figures, run }: Props) {
  const { t } = useTranslation()
  const filter = wanted.filter ?? ''
  const [bulk, setBulk] = useState<'retry' | 'cancel' | null>(null)
  const operates = useRight('operate')
  const wide = useMediaQuery('(min-width: 701px)', true, { getInitialValueInEffect: false })
  const query = useJobs(filter, wanted.q ?? '')
  const jobs = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data])
  const lines = useMemo(
    (): JobLine[] =>
      wanted.grouped ? byCause(jobs).map((cause) => ({ job: cause.example, cause })) : jobs.map((job) => ({ job, cause: null })),
    [jobs, wanted.grouped],
  )
  const chosen = jobs.find(({ id }) => id === wanted.job)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const onMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const onText = useCallback((text: string) => onWanted(split(text, statesIn(filter))), [onWanted, filter])
  const rows = useDefaultLayout({
    id: 'capstan.jobs.rows',
    panelIds: wanted.job && chosen?.runId ? ['list', 'run'] : ['list'],
    storage: localStorage,
  })
  const columns = useDefaultLayout({ id: 'capstan.jobs', panelIds: wanted.job ? ['list', 'job'] : ['list'], storage: localStorage })

  const list = query.isPending ? (
    <SkeletonRows rows={16} />
  ) : query.error ? (
    <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  ) : lines.length === 0 ? (
    <EmptyState icon={ListChecks} title={t('jobs.empty')} hint={t('jobs.emptyHint')} />
  ) : (
    <JobList lines={lines} chosen={wanted.job} onChoose={(line) => onWanted({ job: line?.job.id })} onMore={onMore} />
  )
  const panel = wanted.job ? <JobPanel id={wanted.job} onClose={() => onWanted({ job: undefined })} /> : null
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('jobs.title')}</h1>
        <FilterBox
          value={[withStates(filter, []), wanted.q].filter(Boolean).join(' ')}
          label={t('jobs.filter')}
          placeholder={t('jobs.filterPlaceholder')}
          onChange={onText}
        />
        <button
          className="btn"
          aria-pressed={wanted.grouped ?? false}
          onClick={() => onWanted({ grouped: wanted.grouped ? undefined : true })}
          aria-label={t('jobs.group')}
        >
          <GroupIcon size={15} /> <span className="wide-only">{t('jobs.group')}</span>
        </button>
        {operates && (
          <>
            <button className="btn" onClick={() => setBulk('retry')} aria-label={t('jobs.bulk.retryTitle')}>
              <RotateCcw size={15} /> <span className="wide-only">{t('jobs.retryAll')}</span>
            </button>
            <button className="btn wide-only" onClick={() => setBulk('cancel')}>
              <Ban size={15} /> {t('jobs.cancelAll')}
            </button>
          </>
        )}
        <button className="btn ghost wide-only" onClick={() => download(jobsCsv(jobs))}>
          <FileDown size={15} /> {t('jobs.exportCsv')}
        </button>
      </header>
      <div className="jobs">
        <Figures
          figures={figures}
          states={statesIn(filter)}
          onStates={(states) => onWanted({ filter: withStates(filter, states) || undefined })}
        />
        {!wide ? (
          (panel ?? list)
        ) : (
          <Group
            orientation="vertical"
            key={chosen?.runId ? 'with-run' : 'list'}
            defaultLayout={rows.defaultLayout}
            onLayoutChanged={rows.onLayoutChanged}
            style={{ minHeight: 0 }}
          >
            <Panel id="list" minSize={160}>
              <Group
                orientation="horizontal"
                key={panel ? 'with-job' : 'list'}
                defaultLayout={columns.defaultLayout}
                onLayoutChanged={columns.onLayoutChanged}
              >
                <Panel id="list" minSize={360}>
                  {list}
                </Panel>
                {panel && (
                  <>
                    <Separator className="separator" aria-label={t('common.resize')} />
                    <Panel id="job" defaultSize={360} minSize={260} maxSize={720} groupResizeBehavior="preserve-pixel-size">
                      {panel}
                    </Panel>
                  </>
                )}
              </Group>
            </Panel>
            {chosen?.runId && (
              <>
                <Separator className="separator-row" aria-label={t('common.resize')} />
                <Panel id="run" defaultSize={290} minSize={160} groupResizeBehavior="preserve-pixel-size">
                  {run(chosen)}
                </Panel>
              </>
            )}
          </Group>
        )}
      </div>
      <BulkDialog
        action={bulk}
        filter={filter || (bulk === 'cancel' ? `state:${[...WAITING, 'running'].join(',')}` : 'state:failed,timed_out')}
        onClose={() => setBulk(null)}
      />
    </div>
  )
}

/** Words with a colon are the filter, the others are searched. */
function split(text: string, states: readonly string[]): JobsSearch {
  const words = text.split(/\s+/).filter(Boolean)
  const filter = withStates(words.filter((word) => /^\w+:./.test(word)).join(' '), states)
  return { filter: filter || undefined, q: words.filter((word) => !/^\w+:./.test(word)).join(' ') || undefined }
}

function Figures({
  figures,
  states,
  onStates,
}: {
  figures: Props['figures']
  states: readonly string[]
  onStates: (states: readonly string[]) => void
}) {
  const { t } = useTranslation()
  const groups = [
    ['all', [], null, ''],
    ['running', ['running'], figures?.running ?? 0, 'run'],
    ['waiting', WAITING, figures?.waiting ?? 0, ''],
    ['failed', FAILED, figures?.failed ?? 0, 'bad'],
    ['completed', ENDED.slice(0, 1), null, 'ok'],
  ] as const
  return (
    <div className="figures" role="group" aria-label={t('jobs.filter')}>
      {groups.map(([name, these, figure, tone]) => (
        <button key={name} className="figure" aria-pressed={states.join() === these.join()} onClick={() => onStates(these)}>
          <span>
            {tone && <i className={`dot ${tone === 'bad' && figure === 0 ? '' : tone}`} />}
            {t(`jobs.${name}`)}
          </span>
          <b>{figure === null ? '\u00a0' : count(figure)}</b>
        </button>
      ))}
    </div>
  )
}

function download(csv: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(['\ufeff', csv], { type: 'text/csv' }))
  link.download = 'jobs.csv'
  link.click()
  URL.revokeObjectURL(link.href)
}
