import { Select, Tooltip } from '@mantine/core'
import { PanelLeft, PanelRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { count } from '../../../lib/format.ts'
import { useStore } from '../../../lib/store.ts'
import { newAssets } from '../../../lib/live/apply.ts'
import type { Library } from '../api/library.ts'

type Props = {
  library: Library
  sort: string | undefined
  hasQuery: boolean
  onSort: (sort: string) => void
  panels: { facets: boolean | null; detail: boolean | null; onFacets: () => void; onDetail: () => void }
}

/** How many, how fast, in which order. */
export function LibraryHead({ library, sort, hasQuery, onSort, panels }: Props) {
  const { t } = useTranslation()
  const fresh = useStore(newAssets, (n) => n)
  const { total, tookMs, items } = library
  const shown = total ?? items.length
  return (
    <>
      {panels.facets !== null && (
        <PanelToggle
          open={panels.facets}
          icon={PanelLeft}
          label={panels.facets ? t('library.hideFacets') : t('library.showFacets')}
          onClick={panels.onFacets}
        />
      )}
      {!library.isPending && (
        <span aria-live="polite">
          <b>{t('library.total', { count: shown, shown: `${count(shown)}${total === null ? '+' : ''}` })}</b>
          {tookMs !== null && (
            <span className="dimmer"> {t('library.took', { ms: tookMs < 10 ? tookMs.toFixed(1) : Math.round(tookMs) })}</span>
          )}
        </span>
      )}
      {fresh > 0 && (
        <button
          className="btn small"
          onClick={() => {
            newAssets.set(0)
            library.again()
          }}
        >
          {t('library.newOnes', { count: fresh })}
        </button>
      )}
      <span className="grow" />
      <Select
        aria-label={t('library.sort.label')}
        variant="unstyled"
        size="xs"
        w={148}
        comboboxProps={{ width: 180, position: 'bottom-end' }}
        value={sort ?? '-created'}
        onChange={(value) => onSort(value ?? '')}
        data={[
          ...(hasQuery ? [{ value: '-relevance', label: t('library.sort.relevance') }] : []),
          { value: '-created', label: t('library.sort.newest') },
          { value: 'created', label: t('library.sort.oldest') },
          { value: '-updated', label: t('library.sort.changed') },
          { value: 'name', label: t('library.sort.name') },
          { value: '-name', label: t('library.sort.nameDown') },
          { value: '-duration', label: t('library.sort.longest') },
          { value: '-size', label: t('library.sort.biggest') },
        ]}
      />
      {panels.detail !== null && (
        <PanelToggle
          open={panels.detail}
          icon={PanelRight}
          label={panels.detail ? t('library.hideDetail') : t('library.showDetail')}
          onClick={panels.onDetail}
        />
      )}
    </>
  )
}

function PanelToggle({ open, icon: Icon, label, onClick }: { open: boolean; icon: typeof PanelLeft; label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <button className="btn ghost icon small" aria-label={label} aria-expanded={open} onClick={onClick}>
        <Icon size={16} />
      </button>
    </Tooltip>
  )
}
