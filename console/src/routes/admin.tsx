import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { AccountView } from '../features/admin/components/AccountView.tsx'
import { AdminView } from '../features/admin/components/AdminView.tsx'
import { EnrolTotp } from '../features/session/components/EnrolTotp.tsx'
import { queryClient } from '../lib/query-client.ts'
import { sessionQuery } from '../lib/session.ts'

export function AdminPage() {
  const { tab = 'users' } = useSearch({ from: '/frame/admin' })
  const navigate = useNavigate({ from: '/admin' })
  return <AdminView tab={tab} onTab={(next) => void navigate({ search: { tab: next }, replace: true })} />
}

export function AccountPage() {
  const { t } = useTranslation()
  const done = () => void queryClient.query({ ...sessionQuery, staleTime: 0 })
  return (
    <AccountView
      enrol={
        <>
          <p className="dim">{t('admin.account.factorOff')}</p>
          <EnrolTotp onDone={done} />
        </>
      }
    />
  )
}
