import { useEffect, useRef, useState } from 'react'
import { Popover } from '@mantine/core'
import { CircleHelp, Search, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '../../../lib/keys.ts'

const TYPING_PAUSE_MS = 160

/** The query language in one line. What is typed is asked after a short pause; what cannot be read is said below, and the last answer stays. */
export function SearchBox({ value, problem, onChange }: { value: string; problem: string | null; onChange: (value: string) => void }) {
  const { t } = useTranslation()
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
    <search className="search">
      <div className="search-box">
        <Search size={15} aria-hidden />
        <input
          ref={input}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onChange(text.trim())
            if (event.key === 'Escape' && text) setText('')
            if (event.key === 'Enter' || event.key === 'Escape' || event.key === 'ArrowDown') event.currentTarget.blur()
          }}
          aria-label={t('library.search.label')}
          aria-invalid={problem !== null}
          placeholder={t('library.search.placeholder')}
          spellCheck={false}
          enterKeyHint="search"
        />
        {text ? (
          <button
            className="btn ghost icon"
            onClick={() => {
              setText('')
              onChange('')
            }}
            aria-label={t('library.search.clear')}
          >
            <X size={14} />
          </button>
        ) : (
          <kbd className="wide-only">/</kbd>
        )}
        <SearchHelp />
      </div>
      {problem && (
        <div className="search-problem" role="alert">
          {t('library.search.problem', { detail: problem })}
        </div>
      )}
    </search>
  )
}

function SearchHelp() {
  const { t } = useTranslation()
  const rows = [
    ['dawn fog', t('library.search.helpRows.words')],
    ['"evening news"', t('library.search.helpRows.phrase')],
    ['(goal OR penalty) final', t('library.search.helpRows.or')],
    ['-draft', t('library.search.helpRows.not')],
    ['kind:video tag:sport', t('library.search.helpRows.field')],
    ['duration:>60 width:1920..3840', t('library.search.helpRows.range')],
    ['aust*', t('library.search.helpRows.prefix')],
  ] as const
  return (
    <Popover position="bottom-end" width={420}>
      <Popover.Target>
        <button className="btn ghost icon" aria-label={t('library.search.help')}>
          <CircleHelp size={15} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="help-grid">
          {rows.map(([example, meaning]) => (
            <div key={example} style={{ display: 'contents' }}>
              <span className="mono">{example}</span>
              <span className="dim">{meaning}</span>
            </div>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
