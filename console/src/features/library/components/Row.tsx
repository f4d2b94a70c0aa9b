import type { AssetSummary } from '@capstan/contract/assets'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Poster } from '../../../components/Poster.tsx'
import { Ago } from '../../../components/Time.tsx'
import { useAssetProgress } from '../../../lib/live/progress.ts'
import { bytes } from '../../../lib/format.ts'
import { durationLabel } from '../../../lib/timecode.ts'
import { useTileFlag } from './flag.ts'
import type { ItemProps } from './Tile.tsx'

const COLUMNS = [
  ['', null],
  ['name', 'name'],
  ['kind', null],
  ['duration', 'duration'],
  ['facts', null],
  ['size', 'size'],
  ['tags', null],
  ['added', 'created'],
  ['state', null],
] as const

export function TableHead({ sort, onSort }: { sort: string | undefined; onSort: (sort: string) => void }) {
  const { t } = useTranslation()
  const now = sort ?? '-created'
  return (
    <div className="lib-head" role="row">
      {COLUMNS.map(([name, field]) => {
        const sorted = field === null || now.replace('-', '') !== field ? undefined : now.startsWith('-') ? 'descending' : 'ascending'
        return (
          <div key={name} role="columnheader" aria-sort={sorted} className="cut">
            {name === '' ? (
              <span className="sr-only">{t('library.column.number')}</span>
            ) : field === null ? (
              t(`library.column.${name}`)
            ) : (
              <button onClick={() => onSort(sorted === 'descending' ? field : `-${field}`)}>
                {t(`library.column.${name}`)} {sorted === 'descending' && <ArrowDown size={11} />}
                {sorted === 'ascending' && <ArrowUp size={11} />}
              </button>
            )}
          </div>
        )
      })}
    </div>
  )
}

export function Row({ asset, index, at, selected, onClick, onOpen }: ItemProps) {
  const { t } = useTranslation()
  return (
    <div
      id={`asset-${asset.id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={`lib-row ${at ? 'at' : ''}`}
      onClick={onClick}
      onDoubleClick={onOpen}
    >
      <div role="gridcell" className="lib-thumb">
        <Poster asset={asset} width={46} iconSize={15} />
      </div>
      <div role="gridcell" className="cut" dir="auto" title={asset.name}>
        {asset.name}
      </div>
      <div role="gridcell" className="dim cut">
        {t(`library.kind.${asset.kind}`)}
      </div>
      <div role="gridcell" className="mono dim">
        {durationLabel(asset) ?? ''}
      </div>
      <div role="gridcell" className="dim cut">
        {asset.facts.join(' · ')}
      </div>
      <div role="gridcell" className="mono dim">
        {bytes(asset.sizeBytes)}
      </div>
      <div role="gridcell" className="dim cut">
        {asset.tags.join(', ')}
      </div>
      <div role="gridcell" className="dim cut">
        <Ago at={asset.createdAt} />
      </div>
      <div role="gridcell" className="cut">
        <RowState asset={asset} />
      </div>
    </div>
  )
}

function RowState({ asset }: { asset: AssetSummary }) {
  const { t } = useTranslation()
  const percent = useAssetProgress(asset.id)
  const flag = useTileFlag(asset)
  if (asset.work?.status === 'running')
    return (
      <span className="state dim">
        <span className="dot run" />
        {percent === null ? t('library.tile.working') : `${Math.round(percent)} %`}
      </span>
    )
  if (!flag) return null
  return (
    <span className="state dim">
      <span className={`dot ${flag.tone || 'ok'}`} />
      {flag.word}
    </span>
  )
}
