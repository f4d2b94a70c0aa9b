import { useState, type SubmitEvent } from 'react'
import { Modal, MultiSelect, PasswordInput, Switch, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { UserView } from '@capstan/contract/identity'
import { UserPlus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { messageOf, tellError } from '../../../components/problem.ts'
import { useNow } from '../../../lib/use-now.ts'
import { useAddUser, useChangeUser, useRemoveTotp, useRoles, useUsers } from '../api/admin.ts'
import { Listing } from './Listing.tsx'

/** Who may sign in, and as what. */
export function Users() {
  const { t } = useTranslation()
  const users = useUsers()
  const roles = useRoles().data ?? []
  const [edited, setEdited] = useState<UserView | 'new' | null>(null)
  const roleNames = (user: UserView): string => user.roleIds.map((id) => roles.find((role) => role.id === id)?.name ?? '').join(', ')
  return (
    <>
      <Listing
        query={users}
        action={
          <button className="btn primary" onClick={() => setEdited('new')}>
            <UserPlus size={15} /> {t('admin.users.add')}
          </button>
        }
        head={[
          t('admin.users.name'),
          t('admin.users.displayName'),
          t('admin.users.roles'),
          t('admin.users.secondFactor'),
          t('admin.users.state'),
          '',
        ]}
        row={(user) => (
          <tr key={user.id}>
            <td>
              <b>{user.name}</b>
            </td>
            <td className="dim">{user.displayName}</td>
            <td className="dim">{roleNames(user)}</td>
            <td className="dim">{user.totpEnabled ? t('admin.users.on') : t('admin.users.off')}</td>
            <td>
              <UserState user={user} />
            </td>
            <td style={{ textAlign: 'right' }}>
              <button className="btn small" onClick={() => setEdited(user)} aria-label={t('admin.users.edit', { name: user.name })}>
                {t('common.change')}
              </button>
            </td>
          </tr>
        )}
      />
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? t('admin.users.add') : t('admin.users.edit', { name: edited?.name ?? '' })}
      >
        {edited && <UserForm user={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      </Modal>
    </>
  )
}

function UserState({ user }: { user: UserView }) {
  const { t } = useTranslation()
  const now = useNow(30_000)
  const isExpired = user.expiresAt !== null && Date.parse(user.expiresAt) < now
  const isLocked = user.lockedUntil !== null && Date.parse(user.lockedUntil) > now
  const word = !user.enabled ? 'disabled' : isExpired ? 'expired' : isLocked ? 'locked' : 'active'
  return (
    <span className="state">
      <span className={`dot ${word === 'active' ? 'ok' : word === 'locked' ? 'warn' : ''}`} />
      {t(`admin.users.${word}`)}
    </span>
  )
}

function UserForm({ user, onClose }: { user: UserView | null; onClose: () => void }) {
  const { t } = useTranslation()
  const roles = useRoles().data ?? []
  const [name, setName] = useState(user?.name ?? '')
  const [displayName, setDisplayName] = useState(user?.displayName ?? '')
  const [email, setEmail] = useState(user?.email ?? '')
  const [password, setPassword] = useState('')
  const [roleIds, setRoleIds] = useState<string[]>(user?.roleIds ?? [])
  const [enabled, setEnabled] = useState(user?.enabled ?? true)
  const add = useAddUser()
  const change = useChangeUser()
  const removeTotp = useRemoveTotp()
  const error = messageOf(add.error ?? change.error)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const common = { displayName: displayName || name, email: email || null, roleIds }
    if (user) change.mutate({ user, change: { ...common, enabled, ...(password ? { password } : {}) } }, { onSuccess: onClose })
    else
      add.mutate(
        { name, password, ...common },
        {
          onSuccess: () => {
            notifications.show({ message: t('admin.users.added', { name }) })
            onClose()
          },
        },
      )
  }
  return (
    <form className="form" onSubmit={submit}>
      {!user && (
        <TextInput
          label={t('admin.users.name')}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          data-autofocus
          autoComplete="off"
        />
      )}
      <TextInput label={t('admin.users.displayName')} value={displayName} onChange={(e) => setDisplayName(e.currentTarget.value)} />
      <TextInput label={t('admin.users.email')} type="email" value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
      <PasswordInput
        label={user ? t('admin.users.newPassword') : t('admin.users.password')}
        description={user ? t('admin.users.keepPassword') : t('admin.users.passwordHint')}
        value={password}
        onChange={(e) => setPassword(e.currentTarget.value)}
        autoComplete="new-password"
      />
      <MultiSelect
        label={t('admin.users.roles')}
        data={roles.map(({ id, name: role }) => ({ value: id, label: role }))}
        value={roleIds}
        onChange={setRoleIds}
      />
      {user && <Switch label={t('admin.users.enabled')} checked={enabled} onChange={(e) => setEnabled(e.currentTarget.checked)} />}
      {user?.totpEnabled && (
        <button
          type="button"
          className="btn"
          disabled={removeTotp.isPending}
          onClick={() => removeTotp.mutate(user.id, { onSuccess: onClose, onError: tellError })}
        >
          {t('admin.users.removeFactor')}
        </button>
      )}
      {error && (
        <p role="alert" style={{ color: 'var(--bad)' }}>
          {error}
        </p>
      )}
      <div className="form-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!name || (!user && password.length < 10) || add.isPending || change.isPending}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
