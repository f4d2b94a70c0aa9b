import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react'
import { Drawer } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { ApiError } from '@capstan/contract/client'
import type { AssetSummary } from '@capstan/contract/assets'
import { Film, Grid2x2, SearchX, Table2, Trash2, Upload } from 'lucide-react'
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { openFilePicker } from '../../../lib/file-picker.ts'
import { useRight } from '../../../lib/session.ts'
import { useStore } from '../../../lib/store.ts'
import { useStored } from '../../../lib/stored.ts'
import { libraryKey, useLibrary, type Library, type LibrarySearch } from '../api/library.ts'
import { nothing, placed, selection, type Selection } from '../api/selection.ts'
import { BulkBar, useRemoveWithUndo } from './BulkBar.tsx'
import { Facets } from './Facets.tsx'
import { LibraryHead } from './LibraryHead.tsx'
import { Results } from './Results.tsx'
import { SearchBox } from './SearchBox.tsx'
import './library.css'

type Props = {
  wanted: LibrarySearch
  onWanted: (change: LibrarySearch) => void
  onOpen: (asset: AssetSummary) => void
  detail: (asset: AssetSummary | null, selected: number, editing: number) => ReactNode
}

/** The library: search above, filters at the left, assets in the middle, the chosen one at the right. */
export function LibraryView({ wanted, onWanted, onOpen, detail }: Props) {
  const { t } = useTranslation()
  const [view, setView] = useStored<'grid' | 'table'>('library.view', 'grid')
  const [facetsOpen, setFacetsOpen] = useStored('library.facets', true)
  const [detailOpen, setDetailOpen] = useStored('library.detail', true)
  const [editing, setEditing] = useState(0)
  const wide = useMediaQuery('(min-width: 701px)', true, { getInitialValueInEffect: false })
  const roomy = useMediaQuery('(min-width: 1100px)', true, { getInitialValueInEffect: false })
  const library = useLibrary(wanted)
  const [chosen, setChosen] = useSelection(wanted, library)
  const ingests = useRight('ingest')
  const edits = useRight('edit')
  const removeThem = useRemoveWithUndo()
  const [lastProblem, setLastProblem] = useState<string | null>(null)
  const badQuery = library.error instanceof ApiError && library.error.status === 400 && wanted.q ? library.error.problem.detail : null
  if (badQuery !== lastProblem) setLastProblem(badQuery)

  const onQuery = useCallback((q: string) => onWanted({ q: q || undefined }), [onWanted])
  const onSort = (sort: string) => onWanted({ sort: sort || undefined })
  const at = library.items[chosen.cursor] ?? null
  const ids = [...chosen.ids]
  const showFacets = wide && facetsOpen && !wanted.bin
  const [drawer, setDrawer] = useState(false)
  const showDetail = roomy && detailOpen
  const panelIds = [...(showFacets ? ['facets'] : []), 'results', ...(showDetail ? ['detail'] : [])]
  const layout = useDefaultLayout({ id: 'capstan.library', panelIds, storage: localStorage })
  const remove = () => {
    if (!edits || wanted.bin) return
    const doomed = ids.length > 0 ? ids : at ? [at.id] : []
    if (doomed.length > 0) removeThem(doomed)
    setChosen({ ...chosen, ids: new Set() })
  }

  return (
    <div className="page library">
      <Drawer
        opened={drawer && !wide}
        onClose={() => setDrawer(false)}
        position="bottom"
        size="70%"
        title={t('library.facets')}
        transitionProps={{ duration: 0 }}
      >
        <Facets facets={library.facets} query={wanted.q ?? ''} onQuery={onQuery} />
      </Drawer>
      <header className="page-bar">
        <h1 className="sr-only">{wanted.bin ? t('library.bin') : t('library.title')}</h1>
        <SearchBox value={wanted.q ?? ''} problem={badQuery} onChange={onQuery} />
        <button
          className="btn ghost icon"
          aria-pressed={wanted.bin ?? false}
          aria-label={t('library.bin')}
          title={t('library.bin')}
          onClick={() => onWanted({ bin: wanted.bin ? undefined : true })}
        >
          <Trash2 size={16} />
        </button>
        <span className="row" role="group" aria-label={t('library.view')} style={{ gap: 2 }}>
          <button
            className="btn ghost icon"
            aria-pressed={view === 'grid'}
            aria-label={t('library.grid')}
            title={t('library.grid')}
            onClick={() => setView('grid')}
          >
            <Grid2x2 size={16} />
          </button>
          <button
            className="btn ghost icon"
            aria-pressed={view === 'table'}
            aria-label={t('library.table')}
            title={t('library.table')}
            onClick={() => setView('table')}
          >
            <Table2 size={16} />
          </button>
        </span>
        {ingests && (
          <button className="btn primary" onClick={openFilePicker} aria-label={t('library.upload')}>
            <Upload size={15} /> <span className="wide-only">{t('library.upload')}</span>
          </button>
        )}
      </header>
      <Group
        orientation="horizontal"
        key={panelIds.join()}
        defaultLayout={layout.defaultLayout}
        onLayoutChanged={layout.onLayoutChanged}
        style={{ minHeight: 0 }}
      >
        {showFacets && (
          <>
            <Panel id="facets" defaultSize={200} minSize={140} maxSize={400} groupResizeBehavior="preserve-pixel-size">
              <Facets facets={library.facets} query={wanted.q ?? ''} onQuery={onQuery} />
            </Panel>
            <Separator className="separator" aria-label={t('common.resize')} />
          </>
        )}
        <Panel id="results" minSize={320}>
          <div className="results">
            <div className={`results-head ${ids.length > 0 ? 'selecting' : ''}`}>
              {ids.length > 0 ? (
                <BulkBar ids={ids} bin={wanted.bin ?? false} onClear={() => setChosen({ ...chosen, ids: new Set() })} />
              ) : (
                <LibraryHead
                  library={library}
                  sort={wanted.sort}
                  hasQuery={Boolean(wanted.q)}
                  onSort={onSort}
                  panels={{
                    facets: wanted.bin ? null : showFacets,
                    detail: roomy ? showDetail : null,
                    onFacets: () => (wide ? setFacetsOpen(!facetsOpen) : setDrawer(true)),
                    onDetail: () => setDetailOpen(!detailOpen),
                  }}
                />
              )}
            </div>
            {wanted.bin && <p className="notice">{t('library.binNote')}</p>}
            <Content library={library} wanted={wanted} badQuery={badQuery !== null} onQuery={onQuery}>
              <Results
                key={`${libraryKey(wanted).join()} ${view}`}
                library={library}
                view={view}
                sort={wanted.sort}
                onSort={onSort}
                chosen={chosen}
                onChosen={setChosen}
                onOpen={onOpen}
                onRemove={remove}
                onEdit={() => {
                  setDetailOpen(true)
                  setEditing((n) => n + 1)
                }}
              />
            </Content>
          </div>
        </Panel>
        {showDetail && (
          <>
            <Separator className="separator" aria-label={t('common.resize')} />
            <Panel id="detail" defaultSize={288} minSize={220} maxSize={560} groupResizeBehavior="preserve-pixel-size">
              {detail(at, ids.length, editing)}
            </Panel>
          </>
        )}
      </Group>
    </div>
  )
}

/** The selection of this search; another search begins anew. The first asset is chosen until one moves, and stays so when others arrive. */
function useSelection(wanted: LibrarySearch, { items, isOld }: Library): [Selection, (chosen: Selection) => void] {
  const key = libraryKey(wanted).join('\n')
  const kept = useStore(selection, (value) => value)
  const value = kept.key === key ? kept.value : nothing
  const first = isOld ? undefined : items[0]?.id
  useEffect(() => {
    if (selection.get().key !== key) selection.set({ key, scroll: 0, value: nothing })
    if (value.at === null && first) selection.set({ ...selection.get(), value: { ...value, at: first } })
  }, [key, value, first])
  const now = useMemo(() => placed(value, items), [value, items])
  return [now, (next) => selection.set({ ...selection.get(), key, value: next })]
}

function Content({
  library,
  wanted,
  badQuery,
  onQuery,
  children,
}: {
  library: Library
  wanted: LibrarySearch
  badQuery: boolean
  onQuery: (q: string) => void
  children: ReactNode
}) {
  const { t } = useTranslation()
  if (library.items.length > 0) return children
  if (badQuery) return <div />
  if (library.error) return <ErrorState error={library.error} onRetry={library.again} />
  if (library.isPending) return <SkeletonRows rows={12} height={64} />
  if (wanted.bin) return <EmptyState icon={Trash2} title={t('library.empty.bin')} hint={t('library.empty.binHint')} />
  if (wanted.q)
    return (
      <EmptyState icon={SearchX} title={t('library.empty.none')} hint={t('library.empty.noneHint')}>
        <button className="btn" onClick={() => onQuery('')}>
          {t('library.empty.clear')}
        </button>
      </EmptyState>
    )
  return (
    <EmptyState icon={Film} title={t('library.empty.title')} hint={t('library.empty.hint')}>
      <button className="btn primary" onClick={openFilePicker}>
        <Upload size={15} /> {t('library.empty.action')}
      </button>
    </EmptyState>
  )
}
