import { useState, type SubmitEvent, type ReactNode } from 'react'
import { PasswordInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { messageOf } from '../../../components/problem.ts'
import { useChangePassword, useSession } from '../../../lib/session.ts'
import { Sessions } from './Sessions.tsx'
import { Tokens } from './Tokens.tsx'
import './admin.css'

/** Myself: password, second factor, where I am signed in, my tokens. `enrol` is the form of the second factor. */
export function AccountView({ enrol }: { enrol: ReactNode }) {
  const { t } = useTranslation()
  const user = useSession()?.user
  if (!user) return null
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('admin.account.title')}</h1>
      </header>
      <div className="page-body" tabIndex={0} role="region" aria-label={t('admin.account.title')}>
        <div className="cards">
          <Card title={user.displayName}>
            <p className="dim">
              {user.name} {user.email && `· ${user.email}`}
            </p>
            <p className="small dimmer">{t('admin.account.rights')}</p>
            <div className="row wrap">
              {user.rights.map((right) => (
                <span key={right} className="tag">
                  {t(`common.rights.${right}`)}
                </span>
              ))}
            </div>
          </Card>
          <Card title={t('admin.account.password')}>
            <PasswordForm />
          </Card>
          <Card title={t('admin.account.factor')}>{user.totpEnabled ? <p className="dim">{t('admin.account.factorOn')}</p> : enrol}</Card>
          <Card wide title={t('admin.account.sessions')}>
            <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('admin.account.sessions')}>
              <Sessions everybody={false} />
            </div>
          </Card>
          <Card wide title={t('admin.account.tokens')}>
            <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('admin.account.tokens')}>
              <Tokens everybody={false} />
            </div>
          </Card>
        </div>
      </div>
    </div>
  )
}

function Card({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <section className={`card ${wide ? 'wide' : ''}`}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function PasswordForm() {
  const { t } = useTranslation()
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNext] = useState('')
  const change = useChangePassword()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    change.mutate(
      { currentPassword, newPassword },
      {
        onSuccess: () => {
          notifications.show({ message: t('admin.account.changed') })
          setCurrent('')
          setNext('')
        },
      },
    )
  }
  return (
    <form className="form" onSubmit={submit}>
      <PasswordInput
        label={t('admin.account.current')}
        value={currentPassword}
        onChange={(e) => setCurrent(e.currentTarget.value)}
        autoComplete="current-password"
        error={messageOf(change.error)}
      />
      <PasswordInput
        label={t('admin.account.next')}
        description={t('admin.users.passwordHint')}
        value={newPassword}
        onChange={(e) => setNext(e.currentTarget.value)}
        autoComplete="new-password"
      />
      <div className="form-foot">
        <button className="btn primary" disabled={!currentPassword || newPassword.length < 10 || change.isPending}>
          {t('admin.account.change')}
        </button>
      </div>
    </form>
  )
}
