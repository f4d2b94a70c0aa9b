import { ArrivalsView } from '../features/uploads/components/ArrivalsView.tsx'

export function ArrivalsPage() {
  return <ArrivalsView />
}
