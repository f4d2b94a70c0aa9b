import { useEffect, useLayoutEffect, useState, type MouseEvent } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { AssetSummary } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { useKeys } from '../../../lib/keys.ts'
import { useSize } from '../../../lib/use-size.ts'
import type { Library } from '../api/library.ts'
import { alsoAt, extend, moveTo, selection, toggle, type Selection } from '../api/selection.ts'
import { Tile } from './Tile.tsx'
import { Row, TableHead } from './Row.tsx'

const GAP = 12
const TILE_MIN = 196
const CAPTION = 50
const NARROW = 700

type Props = {
  library: Library
  view: 'grid' | 'table'
  sort: string | undefined
  onSort: (sort: string) => void
  chosen: Selection
  onChosen: (chosen: Selection) => void
  onOpen: (asset: AssetSummary) => void
  onEdit: () => void
  onRemove: () => void
}

/** The assets as tiles or as rows: only what is on the screen is in the page, however many there are. */
export function Results({ library, view, sort, onSort, chosen, onChosen, onOpen, onEdit, onRemove }: Props) {
  const { t } = useTranslation()
  const { ref, element: scroller, width } = useSize()
  const [playing, setPlaying] = useState<string | null>(null)
  const { items } = library
  const narrow = width > 0 && width < NARROW
  const columns = view === 'table' ? 1 : Math.max(narrow ? 2 : 1, Math.floor((width - GAP) / (TILE_MIN + GAP)))
  const tileWidth = (width - GAP * (columns + 1)) / columns
  const rowHeight = view === 'table' ? (narrow ? 44 : 32) : Math.round((tileWidth * 9) / 16) + CAPTION + GAP
  const rows = Math.ceil(items.length / columns)
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: view === 'table' ? 12 : 3,
    initialOffset: selection.get().scroll,
    paddingStart: view === 'table' ? 0 : 2,
  })
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight])
  const scroll = virtual.scrollOffset
  useEffect(() => {
    if (scroll !== null) selection.get().scroll = scroll
  }, [scroll])

  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  const { more } = library
  useEffect(() => {
    if (rows > 0 && last >= rows - 6) more()
  }, [last, rows, more])

  const go = (index: number, extending = false) => {
    if (items.length === 0) return
    const to = Math.min(items.length - 1, Math.max(0, index))
    onChosen(extending ? extend(chosen, to, (i) => items[i]?.id) : moveTo(chosen, to, items[to]?.id))
    virtual.scrollToIndex(Math.floor(to / columns), { align: 'auto' })
    setPlaying(null)
  }
  const at = items[chosen.cursor]
  const by = (step: number) => (event: KeyboardEvent) => go(chosen.cursor < 0 ? 0 : chosen.cursor + step, event.shiftKey)
  const perPage = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 600) / rowHeight)) * columns
  useKeys({
    j: by(1),
    k: by(-1),
    ArrowRight: by(view === 'grid' ? 1 : 0),
    ArrowLeft: by(view === 'grid' ? -1 : 0),
    ArrowDown: by(columns),
    ArrowUp: by(-columns),
    'shift+ArrowRight': by(1),
    'shift+ArrowLeft': by(-1),
    'shift+ArrowDown': by(columns),
    'shift+ArrowUp': by(-columns),
    PageDown: by(perPage),
    PageUp: by(-perPage),
    Home: () => go(0),
    End: () => go(items.length - 1),
    x: () => at && onChosen(toggle(chosen, chosen.cursor, at.id)),
    'mod+a': () => onChosen({ ...chosen, ids: new Set(items.map(({ id }) => id)) }),
    Escape: () => (playing ? setPlaying(null) : onChosen({ ...chosen, ids: new Set(), anchor: -1 })),
    Enter: () => at && onOpen(at),
    space: () => at && setPlaying(playing === at.id ? null : at.id),
    e: onEdit,
    Delete: onRemove,
    Backspace: onRemove,
  })

  const onClick = (event: MouseEvent, index: number, asset: AssetSummary) => {
    scroller.current?.focus({ preventScroll: true })
    if (event.shiftKey) onChosen(extend(chosen, index, (i) => items[i]?.id))
    else if (event.metaKey || event.ctrlKey) onChosen(alsoAt(chosen, index, asset.id))
    else if (window.innerWidth <= NARROW) onOpen(asset)
    else onChosen(moveTo({ ...chosen, ids: chosen.ids.size > 0 ? new Set() : chosen.ids }, index, asset.id))
  }
  const of = (index: number, asset: AssetSummary) => ({
    asset,
    index,
    at: index === chosen.cursor,
    selected: chosen.ids.has(asset.id),
    onClick: (event: MouseEvent) => onClick(event, index, asset),
    onOpen: () => onOpen(asset),
    onCheck: (extending: boolean) => onChosen(extending ? extend(chosen, index, (i) => items[i]?.id) : toggle(chosen, index, asset.id)),
  })

  return (
    <div
      ref={ref}
      className={`results-scroll ${library.isOld ? 'old' : ''}`}
      role={view === 'table' ? 'grid' : 'listbox'}
      aria-multiselectable
      aria-label={t('library.results')}
      aria-activedescendant={at && shown.some(({ index }) => index === Math.floor(chosen.cursor / columns)) ? `asset-${at.id}` : undefined}
      aria-busy={library.isOld}
      {...(view === 'table' ? { 'aria-rowcount': library.total ?? -1 } : {})}
      tabIndex={0}
    >
      {view === 'table' && <TableHead sort={sort} onSort={onSort} />}
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {shown.map((row) => (
          <div
            key={row.key}
            role="presentation"
            style={{
              position: 'absolute',
              top: 0,
              left: 0,
              right: 0,
              transform: `translateY(${row.start}px)`,
              ...(view === 'grid'
                ? { display: 'grid', gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gap: GAP, padding: `0 ${GAP}px` }
                : {}),
            }}
          >
            {items.slice(row.index * columns, (row.index + 1) * columns).map((asset, column) => {
              const props = of(row.index * columns + column, asset)
              return view === 'grid' ? <Tile key={asset.id} {...props} playing={playing === asset.id} /> : <Row key={asset.id} {...props} />
            })}
          </div>
        ))}
      </div>
    </div>
  )
}
