import type { EventView } from '@capstan/contract/events'
import { useTranslation } from 'react-i18next'
import { ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { useHistory } from '../api/assets.ts'

/** What happened to the asset, newest first: who, what, before and after. */
export function History({ assetId }: { assetId: string }) {
  const { t } = useTranslation()
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useHistory(assetId)
  if (isPending) return <SkeletonRows />
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  const events = data.pages.flatMap(({ items }) => items)
  if (events.length === 0) return <p className="dimmer small">{t('asset.history.none')}</p>
  return (
    <>
      <ol className="history">
        {events.map((event) => (
          <Entry key={event.id} event={event} />
        ))}
      </ol>
      {hasNextPage && (
        <button className="btn small" onClick={() => void fetchNextPage()}>
          {t('asset.history.more')}
        </button>
      )}
    </>
  )
}

function Entry({ event }: { event: EventView }) {
  const { t } = useTranslation()
  const [noun = '', verb = ''] = event.name.split('.')
  const changes = event.before ?? event.after
  return (
    <li>
      <div className="row">
        <span className="grow cut">
          {noun.replaceAll('_', ' ')} <b>{verb.replaceAll('_', ' ')}</b>
          {event.subject.name && event.subject.kind !== 'asset' && <span className="dim"> {event.subject.name}</span>}
        </span>
        <Ago at={event.at} className="small dimmer" />
      </div>
      <p className="small dimmer">{event.actor.kind === 'user' ? event.actor.name : t('asset.history.system')}</p>
      {changes && Object.keys(changes).length > 0 && (
        <details className="small">
          <summary className="dimmer">{t('asset.history.changes')}</summary>
          <pre className="json" tabIndex={0}>
            {JSON.stringify({ before: event.before, after: event.after }, null, 2)}
          </pre>
        </details>
      )}
    </li>
  )
}
