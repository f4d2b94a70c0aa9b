import { useRef, useState } from 'react'
import './inline-text.css'

type Props = {
  value: string
  label: string
  maxLength: number
  placeholder?: string
  /** Leaving it empty restores what was there. */
  required?: boolean
  onSave: (text: string) => void
}

/** Text that is changed where it stands: Enter or leaving it saves, Escape restores. */
export function InlineText({ value, label, maxLength, placeholder, required = false, onSave }: Props) {
  const [text, setText] = useState<string | null>(null)
  const isDropped = useRef(false)
  const finish = () => {
    const next = text?.trim() ?? value
    const keep = !isDropped.current && next !== value && (next !== '' || !required)
    isDropped.current = false
    setText(null)
    if (keep) onSave(next)
  }
  return (
    <input
      className="inline-text"
      dir="auto"
      value={text ?? value}
      title={value}
      aria-label={label}
      placeholder={placeholder}
      maxLength={maxLength}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === 'Escape') isDropped.current = true
        if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}
