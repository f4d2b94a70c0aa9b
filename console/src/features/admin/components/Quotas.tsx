import { useState, type SubmitEvent } from 'react'
import { Modal, NumberInput, SegmentedControl, Select } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Link } from '@tanstack/react-router'
import type { QuotaSettings, QuotaView } from '@capstan/contract/quotas'
import { Gauge, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { messageOf, tellError } from '../../../components/problem.ts'
import { EmptyState } from '../../../components/States.tsx'
import { useQuotas, useRemoveQuota, useSaveQuota, useWaitingFor, useWorkflowNames } from '../api/admin.ts'
import { Listing } from './Listing.tsx'

const SCOPES = ['action', 'workflow'] as const
const SHOWN_MAX = 200

/** How many jobs of an action or a workflow run at once, and what waits because of it. */
export function Quotas() {
  const { t } = useTranslation()
  const quotas = useQuotas()
  const remove = useRemoveQuota()
  const [edited, setEdited] = useState<QuotaView | 'new' | null>(null)
  return (
    <>
      <Listing
        query={quotas}
        action={
          <button className="btn primary" onClick={() => setEdited('new')}>
            <Plus size={15} /> {t('admin.quotas.add')}
          </button>
        }
        empty={<EmptyState icon={Gauge} title={t('admin.quotas.empty')} hint={t('admin.quotas.emptyHint')} />}
        head={[t('admin.quotas.scope'), t('admin.quotas.name'), t('admin.quotas.maxRunning'), t('admin.quotas.waiting'), '']}
        row={(quota) => (
          <tr key={quota.id}>
            <td className="dim">{t(`admin.quotas.scopes.${quota.scope}`)}</td>
            <td>
              <b>{quota.name}</b>
            </td>
            <td>
              <span className="mono">{quota.maxRunning}</span>{' '}
              {quota.maxRunning === 0 && <span className="tag">{t('admin.quotas.holds')}</span>}
            </td>
            <td>
              <Waiting quota={quota} />
            </td>
            <td style={{ textAlign: 'right', whiteSpace: 'nowrap' }}>
              <button className="btn small" onClick={() => setEdited(quota)}>
                {t('common.change')}
              </button>{' '}
              <button
                className="btn small"
                onClick={() =>
                  remove.mutate(quota.id, {
                    onError: tellError,
                    onSuccess: () => notifications.show({ message: t('admin.quotas.removed') }),
                  })
                }
              >
                {t('admin.quotas.remove')}
              </button>
            </td>
          </tr>
        )}
      />
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? t('admin.quotas.add') : t('admin.quotas.edit', { name: edited?.name ?? '' })}
      >
        {edited && <QuotaForm quota={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      </Modal>
    </>
  )
}

function Waiting({ quota: { scope, name } }: { quota: QuotaView }) {
  const { t } = useTranslation()
  const filter = `state:pending quota:${scope}:${name}`
  const { data: count } = useWaitingFor(filter)
  if (count === undefined) return null
  if (count === 0) return <span className="dimmer">{t('admin.quotas.none')}</span>
  return (
    <Link to="/jobs" search={{ filter }}>
      {count < SHOWN_MAX ? t('admin.quotas.waits', { count }) : t('admin.quotas.waitsMore', { count })}
    </Link>
  )
}

function QuotaForm({ quota, onClose }: { quota: QuotaView | null; onClose: () => void }) {
  const { t } = useTranslation()
  const [scope, setScope] = useState<QuotaSettings['scope']>('action')
  const [name, setName] = useState<string | null>(null)
  const [maxRunning, setMaxRunning] = useState<number | string>(quota?.maxRunning ?? 1)
  const known = useWorkflowNames().data
  const save = useSaveQuota()
  const body = quota ?? (name === null ? null : { scope, name })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (body) save.mutate({ quota, body: { ...body, maxRunning: Number(maxRunning) } }, { onSuccess: onClose })
  }
  const choose = (next: QuotaSettings['scope']) => {
    setScope(next)
    setName(null)
  }
  return (
    <form className="form" onSubmit={submit}>
      {!quota && (
        <>
          <SegmentedControl
            aria-label={t('admin.quotas.scope')}
            value={scope}
            data={SCOPES.map((value) => ({ value, label: t(`admin.quotas.scopes.${value}`) }))}
            onChange={choose}
          />
          <Select
            label={t('admin.quotas.name')}
            value={name}
            data={(scope === 'action' ? known?.actions : known?.workflows) ?? []}
            searchable
            onChange={setName}
          />
        </>
      )}
      <NumberInput
        label={t('admin.quotas.maxRunning')}
        description={t('admin.quotas.maxRunningHint')}
        value={maxRunning}
        min={0}
        max={100_000}
        allowDecimal={false}
        onChange={setMaxRunning}
        error={messageOf(save.error)}
        data-autofocus={quota ? true : undefined}
      />
      <div className="form-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!body || maxRunning === '' || save.isPending}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
