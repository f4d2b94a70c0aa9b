import { useState, type SubmitEvent } from 'react'
import { Modal, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { RoleView } from '@capstan/contract/identity'
import type { Right } from '@capstan/contract/rights'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { messageOf, tellError } from '../../../components/problem.ts'
import { useRemoveRole, useRoles, useSaveRole } from '../api/admin.ts'
import { Listing } from './Listing.tsx'
import { RightsField } from './RightsField.tsx'

/** What people may do, as sets of separate rights. */
export function Roles() {
  const { t } = useTranslation()
  const roles = useRoles()
  const remove = useRemoveRole()
  const [edited, setEdited] = useState<RoleView | 'new' | null>(null)
  return (
    <>
      <Listing
        query={roles}
        action={
          <button className="btn primary" onClick={() => setEdited('new')}>
            <Plus size={15} /> {t('admin.roles.add')}
          </button>
        }
        head={[t('admin.roles.name'), t('admin.roles.description'), t('admin.roles.rights'), '']}
        row={(role) => (
          <tr key={role.id}>
            <td>
              <b>{role.name}</b> {role.builtIn && <span className="tag">{t('admin.roles.builtIn')}</span>}
            </td>
            <td className="dim">{role.description}</td>
            <td className="dim">{role.rights.map((right) => t(`common.rights.${right}`)).join(', ')}</td>
            <td style={{ textAlign: 'right', whiteSpace: 'nowrap' }}>
              {!role.builtIn && (
                <>
                  <button className="btn small" onClick={() => setEdited(role)}>
                    {t('common.change')}
                  </button>{' '}
                  <button
                    className="btn small"
                    onClick={() =>
                      remove.mutate(role.id, {
                        onError: tellError,
                        onSuccess: () => notifications.show({ message: t('admin.roles.removed') }),
                      })
                    }
                  >
                    {t('admin.roles.remove')}
                  </button>
                </>
              )}
            </td>
          </tr>
        )}
      />
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? t('admin.roles.add') : t('admin.roles.edit', { name: edited?.name ?? '' })}
      >
        {edited && <RoleForm role={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      </Modal>
    </>
  )
}

function RoleForm({ role, onClose }: { role: RoleView | null; onClose: () => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState(role?.name ?? '')
  const [description, setDescription] = useState(role?.description ?? '')
  const [rights, setRights] = useState<Right[]>(role?.rights ?? ['see'])
  const save = useSaveRole()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate({ role, body: { name, description, rights } }, { onSuccess: onClose })
  }
  return (
    <form className="form" onSubmit={submit}>
      <TextInput
        label={t('admin.roles.name')}
        value={name}
        onChange={(e) => setName(e.currentTarget.value)}
        error={messageOf(save.error)}
        data-autofocus
      />
      <Textarea
        label={t('admin.roles.description')}
        value={description}
        onChange={(e) => setDescription(e.currentTarget.value)}
        autosize
        minRows={2}
      />
      <RightsField label={t('admin.roles.rights')} value={rights} onChange={setRights} />
      <div className="form-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!name || save.isPending}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
