import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EnrolTotp } from '../features/session/components/EnrolTotp.tsx'
import { SignIn } from '../features/session/components/SignIn.tsx'
import { SignInFrame } from '../features/session/components/SignInFrame.tsx'
import { sessionQuery } from '../lib/session.ts'
import { queryClient } from '../lib/query-client.ts'

export function SignInPage() {
  const { to, ended } = useSearch({ from: '/sign-in' })
  const router = useRouter()
  const navigate = useNavigate()
  // Only a path of ours: never another site that a link brought along.
  const target = to?.startsWith('/') && !to.startsWith('//') ? to : '/assets'
  return (
    <SignIn
      ended={ended ?? false}
      onSignedIn={(mustEnrol) => (mustEnrol ? void navigate({ to: '/enrol' }) : router.history.push(target))}
    />
  )
}

export function EnrolPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const done = () => {
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey })
    void navigate({ to: '/assets' })
  }
  return (
    <SignInFrame title={t('session.enrol.title')} lead={t('session.enrol.must')}>
      <EnrolTotp onDone={done} />
    </SignInFrame>
  )
}
