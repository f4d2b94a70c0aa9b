import { Popover } from '@mantine/core'
import { CircleHelp, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { FilterBox } from '../../../components/FilterBox.tsx'

type Props = { value: string; problem: string | null; onChange: (value: string) => void }

/** The query language in one line. What cannot be read is said below, and the last answer stays. */
export function SearchBox({ value, problem, onChange }: Props) {
  const { t } = useTranslation()
  const after = (text: string, clear: () => void) => (
    <>
      {text ? (
        <button className="btn ghost icon" onClick={clear} aria-label={t('library.search.clear')}>
          <X size={14} />
        </button>
      ) : (
        <kbd className="wide-only">/</kbd>
      )}
      <SearchHelp />
    </>
  )
  return (
    <div className="search">
      <FilterBox
        value={value}
        label={t('library.search.label')}
        placeholder={t('library.search.placeholder')}
        isInvalid={problem !== null}
        onChange={onChange}
        after={after}
      />
      {problem && (
        <div className="search-problem" role="alert">
          {t('library.search.problem', { detail: problem })}
        </div>
      )}
    </div>
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
