import { useState, type SubmitEvent } from 'react'
import { PasswordInput, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { encode } from 'uqr'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { messageOf } from '../../../components/problem.ts'
import { useConfirmTotp, useEnrolTotp } from '../../../lib/session.ts'
import './sign-in.css'

/** Second factor in three steps: password, first code, recovery codes. */
export function EnrolTotp({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const enrol = useEnrolTotp()
  const confirm = useConfirmTotp()

  if (confirm.data)
    return (
      <div className="enrol-factor">
        <h2 className="label">{t('session.enrol.recovery')}</h2>
        <p className="dim small">{t('session.enrol.recoveryHint')}</p>
        <ul className="codes">
          {confirm.data.recoveryCodes.map((recovery) => (
            <li key={recovery}>{recovery}</li>
          ))}
        </ul>
        <div>
          <CopyButton text={confirm.data.recoveryCodes.join('\n')} />
        </div>
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
    <form className="enrol-factor" onSubmit={submit}>
      {enrol.data ? (
        <>
          <p className="small dim">{t('session.enrol.scan')}</p>
          <QrCode text={enrol.data.uri} />
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

/** The secret for a phone's camera: dark on white in both themes, as readers want it. */
function QrCode({ text }: { text: string }) {
  const { t } = useTranslation()
  const { data, size } = encode(text, { border: 3 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x},${y}h1v1h-1z`] : []))).join('')
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" role="img" aria-label={t('session.enrol.qr')}>
      <path d={path} fill="#000" />
    </svg>
  )
}
