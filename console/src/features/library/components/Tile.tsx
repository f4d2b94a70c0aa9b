import type { MouseEvent } from 'react'
import type { AssetSummary } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { Picture } from './Picture.tsx'

export type ItemProps = {
  asset: AssetSummary
  index: number
  at: boolean
  selected: boolean
  onClick: (event: MouseEvent) => void
  onOpen: () => void
  onCheck: (extend: boolean) => void
}

/** Picture, name, one line of facts. */
export function Tile({ asset, at, selected, playing, onClick, onOpen, onCheck }: ItemProps & { playing: boolean }) {
  const { t } = useTranslation()
  return (
    <div
      id={`asset-${asset.id}`}
      role="option"
      aria-selected={selected}
      className={`tile ${at ? 'at' : ''}`}
      onClick={onClick}
      onDoubleClick={onOpen}
      title={asset.name}
    >
      <Picture asset={asset} playing={playing} onCheck={onCheck} />
      <div className="cap">
        <b className="cut" dir="auto">
          {asset.name}
        </b>
        <span className="cut">{asset.facts.slice(0, 4).join(' · ') || t(`library.kind.${asset.kind}`)}</span>
      </div>
    </div>
  )
}
