import { Modal } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { messageOf, tellError } from '../../../components/problem.ts'
import { useBulk, useBulkCount } from '../api/jobs.ts'

type Props = { action: 'retry' | 'cancel' | null; filter: string; onClose: () => void }

/** Counts first, says what it will touch, then does it to all that fit. */
export function BulkDialog({ action, filter, onClose }: Props) {
  const { t } = useTranslation()
  const counted = useBulkCount({ action: action ?? 'retry', filter }, action !== null)
  const bulk = useBulk()
  if (!action) return null
  const count = counted.data?.matched ?? 0
  const submit = () =>
    bulk.mutate(
      { action, filter },
      {
        onError: tellError,
        onSuccess: ({ changed }) => {
          notifications.show({
            message: action === 'retry' ? t('jobs.bulk.retried', { count: changed }) : t('jobs.bulk.cancelled', { count: changed }),
          })
          onClose()
        },
      },
    )
  return (
    <Modal opened onClose={onClose} title={action === 'retry' ? t('jobs.bulk.retryTitle') : t('jobs.bulk.cancelTitle')}>
      <p className="dim" role="status">
        {counted.isPending
          ? t('jobs.bulk.counting')
          : counted.error
            ? messageOf(counted.error)
            : action === 'retry'
              ? t('jobs.bulk.retryText', { count })
              : t('jobs.bulk.cancelText', { count })}
      </p>
      <p className="small dimmer" style={{ marginTop: 8 }}>
        {t('jobs.bulk.filter')} <span className="mono">{filter}</span>
      </p>
      <div className="row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <button className="btn" onClick={onClose}>
          {t('common.close')}
        </button>
        <button className={`btn ${action === 'retry' ? 'primary' : 'danger'}`} disabled={count === 0 || bulk.isPending} onClick={submit}>
          {action === 'retry' ? t('jobs.bulk.retry', { count }) : t('jobs.bulk.cancel', { count })}
        </button>
      </div>
    </Modal>
  )
}
