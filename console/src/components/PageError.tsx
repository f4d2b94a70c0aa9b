import { useTranslation } from 'react-i18next'
import { ErrorState, EmptyState } from './States.tsx'
import { ApiError } from '@capstan/contract/client'
import { FileQuestion, TriangleAlert } from 'lucide-react'

/** In place of a page that broke, or that there is not. */
export function PageError({ error }: { error?: unknown }) {
  const { t } = useTranslation()
  const again = () => window.location.reload()
  if (error === undefined)
    return <EmptyState icon={FileQuestion} title={t('common.error.notFound')} hint={t('common.error.notFoundHint')} />
  if (error instanceof ApiError || error instanceof TypeError) return <ErrorState error={error} onRetry={again} />
  return (
    <EmptyState icon={TriangleAlert} title={t('common.error.crash')} hint={error instanceof Error ? error.message : ''}>
      <button className="btn" onClick={again}>
        {t('common.retry')}
      </button>
    </EmptyState>
  )
}
