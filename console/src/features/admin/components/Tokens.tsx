import { useState, type SubmitEvent } from 'react'
import { Modal, NumberInput, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { Right } from '@capstan/contract/rights'
import { KeyRound, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { messageOf, tellError } from '../../../components/problem.ts'
import { EmptyState } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { useSession } from '../../../lib/session.ts'
import { useAddToken, useRemoveToken, useTokens } from '../api/admin.ts'
import { Listing } from './Listing.tsx'
import { RightsField } from './RightsField.tsx'

/** What programs sign in with; mine, or everybody's for an administrator. */
export function Tokens({ everybody }: { everybody: boolean }) {
  const { t } = useTranslation()
  const tokens = useTokens(everybody)
  const remove = useRemoveToken()
  const [adding, setAdding] = useState(false)
  return (
    <>
      <Listing
        query={tokens}
        action={
          <button className="btn primary" onClick={() => setAdding(true)}>
            <Plus size={15} /> {t('admin.tokens.add')}
          </button>
        }
        empty={<EmptyState icon={KeyRound} title={t('admin.tokens.empty')} hint={t('admin.tokens.emptyHint')} />}
        head={[
          t('admin.tokens.name'),
          t('admin.tokens.owner'),
          t('admin.tokens.rights'),
          t('admin.tokens.used'),
          t('admin.tokens.expires'),
          '',
        ]}
        row={(token) => (
          <tr key={token.id}>
            <td>
              <b>{token.name}</b>
            </td>
            <td className="dim">{token.userName}</td>
            <td className="dim">{token.rights.map((right) => t(`common.rights.${right}`)).join(', ')}</td>
            <td className="dim">{token.lastUsedAt ? <Ago at={token.lastUsedAt} /> : t('admin.tokens.never')}</td>
            <td className="dim">{token.expiresAt ? <Ago at={token.expiresAt} /> : t('admin.tokens.never')}</td>
            <td style={{ textAlign: 'right' }}>
              <button
                className="btn small"
                onClick={() =>
                  remove.mutate(token.id, {
                    onError: tellError,
                    onSuccess: () => notifications.show({ message: t('admin.tokens.revoked') }),
                  })
                }
              >
                {t('admin.tokens.revoke')}
              </button>
            </td>
          </tr>
        )}
      />
      <Modal opened={adding} onClose={() => setAdding(false)} title={t('admin.tokens.add')}>
        {adding && <TokenForm onClose={() => setAdding(false)} />}
      </Modal>
    </>
  )
}

function TokenForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const mine = useSession()?.user.rights ?? []
  const [name, setName] = useState('')
  const [days, setDays] = useState<number | string>(90)
  const [rights, setRights] = useState<Right[]>(mine.filter((right) => right !== 'administer'))
  const add = useAddToken()
  if (add.data)
    return (
      <div className="form">
        <p className="dim">{t('admin.tokens.once')}</p>
        <div className="secret">{add.data.token}</div>
        <div>
          <CopyButton text={add.data.token} />
        </div>
        <div className="form-foot">
          <button className="btn primary" onClick={onClose}>
            {t('common.close')}
          </button>
        </div>
      </div>
    )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    add.mutate({ name, rights, expiresInDays: Number(days) })
  }
  return (
    <form className="form" onSubmit={submit}>
      <TextInput
        label={t('admin.tokens.name')}
        value={name}
        onChange={(e) => setName(e.currentTarget.value)}
        error={messageOf(add.error)}
        data-autofocus
      />
      <NumberInput label={t('admin.tokens.days')} value={days} onChange={setDays} min={1} max={3650} />
      <RightsField label={t('admin.tokens.rights')} value={rights} allowed={mine} onChange={setRights} />
      <div className="form-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!name || rights.length === 0 || add.isPending}>
          {t('common.add')}
        </button>
      </div>
    </form>
  )
}
