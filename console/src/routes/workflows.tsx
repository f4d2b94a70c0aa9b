import { useNavigate, useSearch } from '@tanstack/react-router'
import { WorkflowsView } from '../features/workflows/components/WorkflowsView.tsx'

export function WorkflowsPage() {
  const { name, version } = useSearch({ from: '/frame/workflows' })
  const navigate = useNavigate({ from: '/workflows' })
  return (
    <WorkflowsView name={name} version={version} onVersion={(next) => void navigate({ search: (now) => ({ ...now, version: next }) })} />
  )
}
