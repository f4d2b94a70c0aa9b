import { useState } from 'react'
import type { FacetView } from '@capstan/contract/assets'
import { en } from '../../../i18n/en.ts'
import { i18n } from '../../../i18n/i18n.ts'
import { useTranslation } from 'react-i18next'
import { count } from '../../../lib/format.ts'
import { hasTerm, toggleTerm } from '../../../lib/query-terms.ts'

/** What there is, with counts; one click narrows the search to it, another takes it back. */
export function Facets({ facets, query, onQuery }: { facets: readonly FacetView[]; query: string; onQuery: (query: string) => void }) {
  const { t } = useTranslation()
  const shown = facets.filter(({ values }) => values.length > 0)
  return (
    <aside className="side side-left" aria-label={t('library.facets')}>
      {shown.length === 0 && <p className="dimmer small">{t('library.noFacets')}</p>}
      {shown.map((facet) => (
        <Facet key={facet.field} facet={facet} query={query} onQuery={onQuery} />
      ))}
    </aside>
  )
}

const SHOWN = 6

function Facet({ facet: { field, label, values }, query, onQuery }: { facet: FacetView; query: string; onQuery: (query: string) => void }) {
  const { t } = useTranslation()
  const [all, setAll] = useState(false)
  const shown = all ? values : values.filter(({ value }, i) => i < SHOWN || hasTerm(query, field, value))
  const rest = values.length - shown.length
  return (
    <section className="facet-group">
      <h2 className="label">{wordFor('facet', field, label)}</h2>
      {shown.map(({ value, count: n }) => (
        <button
          key={value}
          className="facet"
          aria-pressed={hasTerm(query, field, value)}
          onClick={() => onQuery(toggleTerm(query, field, value))}
        >
          <span className="cut">
            {field === 'kind' ? wordFor('kind', value, value) : field === 'is' ? wordFor('flag', value, value) : value}
          </span>
          <span>{count(n)}</span>
        </button>
      ))}
      {rest > 0 && (
        <button className="facet facet-more" onClick={() => setAll(true)}>
          {t('library.moreValues', { count: rest })}
        </button>
      )}
    </section>
  )
}

/** The word for a value that the platform names; what the catalogue lacks is shown as it came. */
function wordFor(group: 'facet' | 'kind' | 'flag', value: string, fallback: string): string {
  const words: Readonly<Record<string, string>> = en.library[group]
  return value in words ? i18n.t(`library.${group}.${value as 'video'}` as 'library.kind.video') : fallback
}
