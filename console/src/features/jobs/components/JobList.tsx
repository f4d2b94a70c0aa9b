import { useEffect } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { JobView } from '@capstan/contract/work'
import { useTranslation } from 'react-i18next'
import { JobState } from '../../../components/JobState.tsx'
import { jobSpan, type Cause } from '../../../lib/job-groups.ts'
import { span, took } from '../../../lib/format.ts'
import { useJobProgress } from '../../../lib/live/progress.ts'
import { useKeys } from '../../../lib/keys.ts'
import { useNow } from '../../../lib/use-now.ts'
import { useSize } from '../../../lib/use-size.ts'

export type JobLine = { job: JobView; cause: Cause | null }

type Props = { lines: readonly JobLine[]; chosen: string | undefined; onChoose: (line: JobLine | null) => void; onMore: () => void }

/** Jobs, one a row, or one cause a row; only what is on the screen is in the page. */
export function JobList({ lines, chosen, onChoose, onMore }: Props) {
  const { t } = useTranslation()
  const { ref, element, width } = useSize()
  const now = useNow(1_000)
  const height = width > 0 && width <= 700 ? 76 : 32
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => element.current, estimateSize: () => height, overscan: 14 })
  useEffect(() => virtual.measure(), [virtual, height])
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (lines.length > 0 && last >= lines.length - 10) onMore()
  }, [last, lines.length, onMore])
  const at = lines.findIndex(({ job }) => job.id === chosen)
  const go = (index: number) => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, index))]
    if (!line) return
    onChoose(line)
    virtual.scrollToIndex(lines.indexOf(line), { align: 'auto' })
  }
  useKeys({
    j: () => go(at + 1),
    k: () => go(at - 1),
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    Escape: () => onChoose(null),
  })
  return (
    <div ref={ref} className="job-scroll" role="grid" aria-label={t('jobs.list')} aria-rowcount={lines.length + 1} tabIndex={0}>
      <div role="rowgroup">
        <div className="job-head" role="row">
          {(['state', 'job', 'asset', 'progress', 'for', 'why'] as const).map((name) => (
            <div key={name} role="columnheader">
              {t(`jobs.column.${name}`)}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, key, start }) => {
          const line = lines[index]
          return line ? (
            <Row key={key} line={line} start={start} index={index} now={now} selected={line.job.id === chosen} onChoose={onChoose} />
          ) : null
        })}
      </div>
    </div>
  )
}

type RowProps = { line: JobLine; start: number; index: number; now: number; selected: boolean; onChoose: (line: JobLine) => void }

function Row({ line, start, index, now, selected, onChoose }: RowProps) {
  const { t } = useTranslation()
  const { job, cause } = line
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className="job-row"
      style={{ position: 'absolute', transform: `translateY(${start}px)` }}
      onClick={() => onChoose(line)}
    >
      <div role="gridcell" className="cut">
        <JobState state={job.state} />
      </div>
      <div role="gridcell" className="cut">
        {job.kind.replaceAll('_', ' ').replaceAll('-', ' ')}
      </div>
      <div role="gridcell" className="dim cut" dir="auto" title={job.asset?.name}>
        {cause && cause.jobs.length > 1 ? <b>{t('jobs.cause', { count: cause.jobs.length })}</b> : (job.asset?.name ?? '')}
      </div>
      <div role="gridcell">{job.state === 'running' && !cause && <Progress job={job} />}</div>
      <div role="gridcell" className="mono dim">
        {job.endedAt ? took(jobSpan(job, now)) : span(jobSpan(job, now))}
      </div>
      <div role="gridcell" className="dim cut" title={job.why ?? ''}>
        {job.why ?? job.fault?.message ?? ''}
      </div>
    </div>
  )
}

function Progress({ job }: { job: JobView }) {
  const live = useJobProgress(job.id)
  const percent = live ?? job.progress
  if (percent === null) return null
  return (
    <div className="job-progress">
      <div className="meter">
        <i style={{ width: `${percent}%` }} />
      </div>
      <span className="mono dim">{Math.round(percent)} %</span>
    </div>
  )
}
