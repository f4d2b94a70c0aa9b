import { useState, type SubmitEvent } from 'react'
import { PasswordInput, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { messageOf } from '../../../components/problem.ts'
import { useConfirmTotp, useEnrolTotp } from '../../../lib/session.ts'

/** Second factor in three steps: password, first code, recovery codes. */
export function EnrolTotp({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const enrol = useEnrolTotp()
  const confirm = useConfirmTotp()

  if (confirm.data)
    return (
      <div className="sign-in-form">
        <h2 className="label">{t('session.enrol.recovery')}</h2>
        <p className="dim small">{t('session.enrol.recoveryHint')}</p>
        <ul className="codes">
          {confirm.data.recoveryCodes.map((recovery) => (
            <li key={recovery}>{recovery}</li>
          ))}
        </ul>
        <button className="btn primary tall" onClick={onDone}>
          {t('session.enrol.done')}
        </button>
      </div>
    )

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (enrol.data) confirm.mutate(code.trim())
    else enrol.mutate(password)
  }
  return (
    <form className="sign-in-form" onSubmit={submit}>
      {enrol.data ? (
        <>
          <p className="small dim">{t('session.enrol.secret')}</p>
          <div className="secret">{enrol.data.secret}</div>
          <a className="small" href={enrol.data.uri}>
            {t('session.enrol.openApp')}
          </a>
          <TextInput
            label={t('session.enrol.first')}
            size="sm"
            value={code}
            onChange={(e) => setCode(e.currentTarget.value)}
            inputMode="numeric"
            autoComplete="one-time-code"
            error={messageOf(confirm.error)}
            autoFocus
          />
        </>
      ) : (
        <PasswordInput
          label={t('session.enrol.current')}
          size="sm"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          autoComplete="current-password"
          error={messageOf(enrol.error)}
        />
      )}
      <button
        className="btn primary tall"
        disabled={enrol.isPending || confirm.isPending || (enrol.data ? !/^\d{6}$/.test(code.trim()) : !password)}
      >
        {enrol.data ? t('session.enrol.confirm') : t('session.enrol.begin')}
      </button>
    </form>
  )
}
