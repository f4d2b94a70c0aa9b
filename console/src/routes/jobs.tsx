import { useCallback } from 'react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { JobsView, type JobsSearch } from '../features/jobs/components/JobsView.tsx'
import { useStatus } from '../features/shell/api/status.ts'
import { RunGraph } from '../features/workflows/components/RunGraph.tsx'

export function JobsPage() {
  const wanted = useSearch({ from: '/frame/jobs' })
  const navigate = useNavigate({ from: '/jobs' })
  const { data: status } = useStatus()
  const onWanted = useCallback(
    (change: JobsSearch) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true }),
    [navigate],
  )
  return (
    <JobsView
      wanted={wanted}
      onWanted={onWanted}
      figures={status?.jobs ?? null}
      run={(job) =>
        job.runId && <RunGraph id={job.runId} chosen={job.nodeId} onChoose={({ jobId }) => jobId && onWanted({ job: jobId })} />
      }
    />
  )
}
