import { useState, type SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'

type Props = { at: string; text: string; onSave: (text: string) => void; onClose: () => void }

/** The words of a marker, asked for on the picture: Enter keeps the marker, also without words, Escape drops it. */
export function MarkDraft({ at, text: given, onSave, onClose }: Props) {
  const { t } = useTranslation()
  const [text, setText] = useState(given)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onSave(text.trim())
    onClose()
  }
  return (
    <form className="mark-draft" onSubmit={submit}>
      <span className="mono">{at}</span>
      <input
        autoFocus
        dir="auto"
        value={text}
        maxLength={2_000}
        aria-label={t('player.markText', { at })}
        placeholder={t('player.markPlaceholder')}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && onClose()}
      />
      <button className="btn primary">{t('common.save')}</button>
    </form>
  )
}
