import { useEffect, useRef, useState } from 'react'
import { Search } from 'lucide-react'
import { useKeys } from '../lib/keys.ts'
import './filter-box.css'

const TYPING_PAUSE_MS = 250

/** One line that narrows a list; `/` goes there. */
export function FilterBox({
  value,
  label,
  placeholder,
  onChange,
}: {
  value: string
  label: string
  placeholder: string
  onChange: (value: string) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const [told, setTold] = useState(value)
  if (value !== told) {
    setTold(value)
    if (value !== text.trim()) setText(value)
  }
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onChange(text.trim()), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  useKeys({ '/': () => input.current?.select() })
  return (
    <search className="filter-box">
      <Search size={15} aria-hidden />
      <input
        ref={input}
        value={text}
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText('')
          if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
        }}
      />
    </search>
  )
}
