import { useMemo } from 'react'
import { Link } from '@tanstack/react-router'
import type { RunNodeView, RunStatus, RunView } from '@capstan/contract/work'
import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { tellError } from '../../../components/problem.ts'
import { ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { useRight } from '../../../lib/session.ts'
import { useJobStates, useRun, useRunAction, type RunAction } from '../api/workflows.ts'
import { walked } from '../api/drawing.ts'
import { Graph } from './Graph.tsx'

const TONES: Record<RunStatus, string> = { running: 'run', paused: '', completed: 'ok', failed: 'bad', cancelled: '' }

export function RunState({ status, warnings }: { status: RunStatus; warnings: number }) {
  const { t } = useTranslation()
  return (
    <span className="state">
      <span className={`dot ${status === 'completed' && warnings > 0 ? 'warn' : TONES[status]}`} />
      {t(`workflows.status.${status}`)}
      {warnings > 0 && <span className="dimmer"> {t('workflows.withWarnings', { count: warnings })}</span>}
    </span>
  )
}

/** A run as its drawing, live, with what one can do to it. */
export function RunGraph({
  id,
  chosen,
  onChoose,
}: {
  id: string
  chosen?: string | null | undefined
  onChoose?: ((node: RunNodeView) => void) | undefined
}) {
  const { data: run, error } = useRun(id)
  const { data: jobs } = useJobStates(run?.id)
  const drawing = useMemo(() => run && walked(run.definition, run.nodes), [run])
  if (!run || !drawing) return error ? <ErrorState error={error} /> : <SkeletonRows rows={3} />
  return (
    <section className="run-view">
      <RunHead run={run} />
      <Graph definition={drawing} nodes={run.nodes} jobs={jobs} chosen={chosen} onChoose={onChoose} />
    </section>
  )
}

function RunHead({ run }: { run: RunView }) {
  const { t } = useTranslation()
  return (
    <div className="run-head">
      <Link to="/runs/$number" params={{ number: String(run.number) }} style={{ color: 'inherit' }}>
        <b>{t('workflows.run', { number: run.number })}</b>
      </Link>
      {run.asset && (
        <Link to="/assets/$number" params={{ number: String(run.asset.number) }} className="cut" dir="auto">
          {run.asset.name}
        </Link>
      )}
      <span className="tag">
        {run.workflow}, {t('workflows.version', { version: run.version })}
      </span>
      <RunState status={run.status} warnings={run.warnings.length} />
      <span className="dim small cut wide-only">
        {t('workflows.startedBy', { name: run.startedBy })}, <Ago at={run.createdAt} />
      </span>
      <span className="grow" />
      <RunActions run={run} />
    </div>
  )
}

export function RunActions({ run }: { run: RunView }) {
  const { t } = useTranslation()
  const operates = useRight('operate')
  const act = useRunAction()
  const possible: [RunAction, typeof Ban][] =
    run.status === 'running'
      ? [
          ['pause', Pause],
          ['cancel', Ban],
        ]
      : run.status === 'paused'
        ? [
            ['resume', Play],
            ['cancel', Ban],
          ]
        : run.status === 'failed' || run.status === 'cancelled'
          ? [['retry', RotateCcw]]
          : []
  return possible.map(([action, Icon]) => (
    <button
      key={action}
      className="btn small"
      disabled={!operates || act.isPending}
      title={operates ? '' : t('common.notAllowed', { right: t('common.rights.operate') })}
      onClick={() => act.mutate({ run, action }, { onError: tellError })}
    >
      <Icon size={14} /> {t(`workflows.${action}`)}
    </button>
  ))
}
