import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Search } from 'lucide-react'
import { useKeys } from '../lib/keys.ts'
import './filter-box.css'

const TYPING_PAUSE_MS = 200

type Props = {
  value: string
  label: string
  placeholder: string
  onChange: (value: string) => void
  isInvalid?: boolean
  /** What stands at the right end; it may empty the box. */
  after?: (text: string, clear: () => void) => ReactNode
}

/** One line that narrows a list, told after a short pause; `/` goes there. */
export function FilterBox({ value, label, placeholder, onChange, isInvalid = false, after }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const { text, setText, tell } = useTyped(value, onChange)
  useKeys({ '/': () => input.current?.select() })
  return (
    <search className="filter-box">
      <Search size={15} aria-hidden />
      <input
        ref={input}
        value={text}
        aria-label={label}
        aria-invalid={isInvalid}
        placeholder={placeholder}
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') tell(text)
          if (event.key === 'Escape') setText('')
          if (['Enter', 'Escape', 'ArrowDown'].includes(event.key)) event.currentTarget.blur()
        }}
      />
      {after?.(text, () => {
        setText('')
        tell('')
      })}
    </search>
  )
}

/** What is typed wins over what comes back: the owner may put the words in another order, and letters may follow while it does. */
function useTyped(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(value)
  const [told, setTold] = useState(value)
  const [known, setKnown] = useState(value)
  if (value !== known) {
    setKnown(value)
    if (words(value) !== words(told)) {
      setTold(value)
      setText(value)
    }
  }
  useEffect(() => {
    const next = text.trim()
    if (next === told) return
    const timer = setTimeout(() => {
      setTold(next)
      onChange(next)
    }, TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, told, onChange])
  const tell = (next: string) => {
    setTold(next.trim())
    onChange(next.trim())
  }
  return { text, setText, tell }
}

const words = (text: string): string => text.split(/\s+/).filter(Boolean).sort().join(' ')
