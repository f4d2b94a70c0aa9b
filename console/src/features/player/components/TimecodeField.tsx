import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from '../../../lib/store.ts'
import type { Transport } from '../api/transport.ts'

type Props = { transport: Transport; typing: boolean; onTyping: (typing: boolean) => void }

/** Where the film stands; a click (or G) lets one type where it should go. */
export function TimecodeField({ transport, typing, onTyping }: Props) {
  const { t } = useTranslation()
  const frame = useStore(transport.state, (state) => state.frame)
  const [text, setText] = useState('')
  const label = transport.clock.label(frame)
  if (!typing)
    return (
      <button
        className="tc"
        aria-label={t('player.timecode', { label })}
        title={t('player.frame', { frame })}
        onClick={() => {
          setText('')
          onTyping(true)
        }}
      >
        {label}
      </button>
    )
  const target = text ? transport.clock.parse(text) : null
  const finish = (go: boolean) => {
    if (go && target !== null) {
      transport.stop()
      transport.seek(target)
    }
    if (!go || target !== null) {
      setText('')
      onTyping(false)
    }
  }
  return (
    <input
      className="tc"
      autoFocus
      value={text}
      placeholder={label}
      aria-label={t('player.typeTimecode')}
      aria-invalid={text !== '' && target === null}
      title={text !== '' && target === null ? t('player.badTimecode') : ''}
      inputMode="decimal"
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => finish(false)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish(true)
        if (event.key === 'Escape') finish(false)
      }}
    />
  )
}
