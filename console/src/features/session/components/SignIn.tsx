import { useState, type SubmitEvent } from 'react'
import { PasswordInput, TextInput } from '@mantine/core'
import { ApiError } from '@capstan/contract/client'
import { useTranslation } from 'react-i18next'
import { useSignIn } from '../../../lib/session.ts'
import { SignInFrame } from './SignInFrame.tsx'

/** Name and password, then a code where the person has a second factor. */
export function SignIn({ ended, onSignedIn }: { ended: boolean; onSignedIn: (mustEnrol: boolean) => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState<string | null>(null)
  const signIn = useSignIn()
  const problem = useProblem(signIn.error, code !== null && code !== '')

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    signIn.mutate(
      { name, password, ...(code ? { code: code.trim() } : {}) },
      {
        onSuccess: (signedIn) => onSignedIn(signedIn.mustEnrolTotp),
        onError: (error) => {
          if (error instanceof ApiError && error.problem.details?.['reason'] === 'totp_required') setCode((known) => known ?? '')
        },
      },
    )
  }

  return (
    <SignInFrame title={t('session.title')} lead={ended && !signIn.error ? t('session.ended') : t('session.lead')}>
      <form onSubmit={submit} className="sign-in-form">
        {code === null ? (
          <>
            <TextInput
              label={t('session.name')}
              size="sm"
              value={name}
              onChange={(e) => setName(e.currentTarget.value)}
              autoComplete="username"
              autoFocus
              required
              withAsterisk={false}
            />
            <PasswordInput
              label={t('session.password')}
              size="sm"
              value={password}
              onChange={(e) => setPassword(e.currentTarget.value)}
              autoComplete="current-password"
              error={problem}
              required
              withAsterisk={false}
            />
          </>
        ) : (
          <TextInput
            label={t('session.code')}
            description={t('session.codeHint')}
            size="sm"
            classNames={{ input: 'mono' }}
            value={code}
            onChange={(e) => setCode(e.currentTarget.value)}
            autoComplete="one-time-code"
            inputMode="numeric"
            error={problem}
            autoFocus
          />
        )}
        <button type="submit" className="btn primary tall" disabled={signIn.isPending || !name || !password || code === ''}>
          {code === null ? t('session.submit') : t('session.check')}
        </button>
        {code !== null && (
          <button
            type="button"
            className="btn ghost"
            onClick={() => {
              setCode(null)
              signIn.reset()
            }}
          >
            {t('session.other')}
          </button>
        )}
      </form>
      <p className="dimmer small">{t('session.firstRun')}</p>
      <p className="dimmer small">{t('session.forgotten')}</p>
    </SignInFrame>
  )
}

function useProblem(error: Error | null, codeGiven: boolean): string | null {
  const { t } = useTranslation()
  if (!error) return null
  if (!(error instanceof ApiError)) return t('common.error.offline')
  if (error.problem.details?.['reason'] === 'totp_required') return codeGiven ? t('session.wrongCode') : null
  if (error.status === 429 || error.problem.details?.['reason'] === 'locked') return t('session.locked', { detail: error.problem.detail })
  if (error.status === 401) return codeGiven ? t('session.wrongCode') : t('session.wrong')
  return error.problem.detail
}
