import type { ReactNode } from 'react'
import { ApiError } from '@capstan/contract/client'
import { CloudOff, FileQuestion, Lock, TriangleAlert, type LucideIcon } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** A page or panel without content: what it is for and the first action. */
export function EmptyState({
  icon: Icon,
  title,
  hint,
  children,
}: {
  icon: LucideIcon
  title: string
  hint?: string
  children?: ReactNode
}) {
  return (
    <div className="empty">
      <Icon size={32} strokeWidth={1.4} aria-hidden />
      <h2>{title}</h2>
      {hint && <p>{hint}</p>}
      {children && <div className="row wrap">{children}</div>}
    </div>
  )
}

/** What happened, what was kept, what to do, and the id to tell support. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation()
  const api = error instanceof ApiError ? error : null
  const retry = onRetry && (
    <button className="btn" onClick={onRetry}>
      {t('common.retry')}
    </button>
  )
  if (!api)
    return (
      <EmptyState icon={CloudOff} title={t('common.error.offline')} hint={t('common.error.offlineHint')}>
        {retry}
      </EmptyState>
    )
  if (api.status === 403) return <EmptyState icon={Lock} title={t('common.error.forbidden')} hint={t('common.error.forbiddenHint')} />
  if (api.status === 404) return <EmptyState icon={FileQuestion} title={t('common.error.notFound')} hint={t('common.error.notFoundHint')} />
  return (
    <EmptyState icon={TriangleAlert} title={t('common.error.title')} hint={`${api.problem.detail} ${t('common.error.kept')}`}>
      {retry}
      {api.problem.requestId && <span className="mono dimmer">{t('common.error.id', { id: api.problem.requestId })}</span>}
    </EmptyState>
  )
}

/** Grey rows in place of a list; shown only after 300 ms, so that a quick answer does not flicker. */
export function SkeletonRows({ rows = 8, height = 32 }: { rows?: number; height?: number }) {
  return (
    <div aria-hidden style={{ display: 'grid', gap: 4, padding: 12 }}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="skeleton" style={{ height: height - 4 }} />
      ))}
    </div>
  )
}
