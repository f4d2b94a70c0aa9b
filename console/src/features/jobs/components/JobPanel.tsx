import { useState, type ReactNode } from 'react'
import { Textarea } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { JobView } from '@capstan/contract/work'
import { Ban, Pause, Play, RotateCcw, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { JobState } from '../../../components/JobState.tsx'
import { tellError } from '../../../components/problem.ts'
import { ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { canCancel, canRetry } from '../../../lib/job-groups.ts'
import { useRight } from '../../../lib/session.ts'
import { useJob, useJobAction, useJobLog, useSettle, type JobAction } from '../api/jobs.ts'

/** One job: why, what one can do, its log, what went in and came out. */
export function JobPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation()
  const { data: job, error } = useJob(id)
  return (
    <aside className="job-panel" aria-label={t('jobs.panel.title', { number: job?.number ?? '' })}>
      {job ? <Loaded job={job} onClose={onClose} /> : error ? <ErrorState error={error} /> : <SkeletonRows />}
    </aside>
  )
}

function Loaded({ job, onClose }: { job: JobView; onClose: () => void }) {
  const { t } = useTranslation()
  const tone = job.fault ? 'bad' : job.state === 'running' ? 'run' : job.state === 'in_doubt' || job.state === 'scheduled' ? 'warn' : ''
  return (
    <>
      <div className="row">
        <b className="grow">{t('jobs.panel.title', { number: job.number })}</b>
        <JobState state={job.state} />
        <button className="btn ghost icon small" aria-label={t('jobs.panel.close')} onClick={onClose}>
          <X size={15} />
        </button>
      </div>
      {(job.why || job.fault) && (
        <p className={`why ${tone}`}>
          {job.why ?? job.fault?.message}
          {job.fault && (
            <span className="small dimmer">
              {' '}
              {t(`jobs.fault.${job.fault.class}`)}, {job.fault.code}
            </span>
          )}
        </p>
      )}
      <Actions job={job} />
      {job.state === 'in_doubt' && <Settle job={job} />}
      <dl className="facts">
        <Fact name={t('jobs.column.asset')}>
          {job.asset && (
            <Link to="/assets/$number" params={{ number: String(job.asset.number) }}>
              {job.asset.name}
            </Link>
          )}
        </Fact>
        <Fact name={t('workflows.column.workflow')}>
          {job.runId && (
            <Link to="/runs/$number" params={{ number: job.runId }}>
              {job.workflow ?? t('jobs.panel.openRun')}
            </Link>
          )}
        </Fact>
        <Fact name={t('jobs.panel.attempt')}>{t('jobs.panel.attempts', { n: job.attempt, max: job.attemptsMax })}</Fact>
        <Fact name={t('jobs.panel.pool')}>{job.pool}</Fact>
        <Fact name={t('jobs.panel.priority')}>{job.priority}</Fact>
        <Fact name={t('jobs.panel.worker')}>{job.worker}</Fact>
        <Fact name={t('jobs.panel.created')}>
          <Ago at={job.createdAt} />
        </Fact>
        <Fact name={t('jobs.panel.started')}>{job.startedAt && <Ago at={job.startedAt} />}</Fact>
        <Fact name={t('jobs.panel.ended')}>{job.endedAt && <Ago at={job.endedAt} />}</Fact>
        <Fact name={t('jobs.panel.key')}>
          <span className="mono">{job.key}</span>
        </Fact>
      </dl>
      <Log job={job} />
      <Json title={t('jobs.panel.input')} value={job.input} />
      <Json title={t('jobs.panel.output')} value={job.output} />
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Actions({ job }: { job: JobView }) {
  const { t } = useTranslation()
  const operates = useRight('operate')
  const act = useJobAction()
  const actions: [JobAction, boolean, typeof RotateCcw][] = [
    ['retry', canRetry(job), RotateCcw],
    ['resume', job.state === 'paused', Play],
    ['pause', ['created', 'scheduled', 'pending', 'queued'].includes(job.state), Pause],
    ['cancel', canCancel(job), Ban],
  ]
  const possible = actions.filter(([, can]) => can)
  if (possible.length === 0) return null
  return (
    <div className="row wrap">
      {possible.map(([action, , Icon]) => (
        <button
          key={action}
          className="btn small"
          disabled={!operates || act.isPending}
          title={operates ? '' : t('common.notAllowed', { right: t('common.rights.operate') })}
          onClick={() => act.mutate({ id: job.id, action }, { onError: tellError })}
        >
          <Icon size={14} /> {t(`jobs.panel.${action}`)}
        </button>
      ))}
    </div>
  )
}

function Settle({ job }: { job: JobView }) {
  const { t } = useTranslation()
  const [note, setNote] = useState('')
  const settle = useSettle()
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <b>{t('jobs.panel.settle')}</b>
      <Textarea
        label={t('jobs.panel.note')}
        description={t('jobs.panel.noteHint')}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
      />
      <div className="row">
        {(['completed', 'failed'] as const).map((outcome) => (
          <button
            key={outcome}
            className="btn small"
            disabled={settle.isPending || note.trim() === ''}
            onClick={() => settle.mutate({ id: job.id, outcome, note: note.trim() }, { onError: tellError })}
          >
            {outcome === 'completed' ? t('jobs.panel.settleDone') : t('jobs.panel.settleFailed')}
          </button>
        ))}
      </div>
    </div>
  )
}

function Log({ job }: { job: JobView }) {
  const { t } = useTranslation()
  const { data } = useJobLog(job.id, job.state === 'running')
  return (
    <section>
      <h3 className="label">{t('jobs.panel.log')}</h3>
      {data && data.length === 0 && <p className="small dimmer">{t('jobs.panel.noLog')}</p>}
      {data && data.length > 0 && (
        <ol className="log" tabIndex={0} aria-label={t('jobs.panel.log')}>
          {data.map((line, i) => (
            <li key={i} className={line.level}>
              <time className="dimmer" dateTime={line.at} title={line.at}>
                {line.at.slice(11, 19)}
              </time>
              <span>
                {line.message}
                {line.facts && <span className="dimmer"> {JSON.stringify(line.facts)}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null
  return (
    <details className="small">
      <summary className="dim">{title}</summary>
      <pre className="json" tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  )
}
