import { useState, type PointerEvent } from 'react'
import type { AssetSummary } from '@capstan/contract/assets'
import { Check } from 'lucide-react'
import { Poster } from '../../../components/Poster.tsx'
import { ScrubPicture, useThumbnails } from '../../../components/Scrub.tsx'
import { durationLabel } from '../../../lib/timecode.ts'
import { useAssetProgress } from '../../../lib/live/progress.ts'
import { useTileFlag } from './flag.ts'
import { PlayInPlace } from './PlayInPlace.tsx'

type Scrubbing = { share: number; width: number; height: number }

/** A tile's picture: whole, on black; scrubs under the pointer, plays in place. */
export function Picture({ asset, playing, onCheck }: { asset: AssetSummary; playing: boolean; onCheck: (extend: boolean) => void }) {
  const [scrub, setScrub] = useState<Scrubbing | null>(null)
  const cues = useThumbnails(asset.thumbnailsId, scrub !== null)
  const flag = useTileFlag(asset)
  const duration = durationLabel(asset)
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!asset.thumbnailsId || event.pointerType === 'touch') return
    const box = event.currentTarget.getBoundingClientRect()
    setScrub({ share: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), width: box.width, height: box.height })
  }
  const blank = !asset.posterId
  return (
    <div className={`pic ${blank ? 'pic-blank' : ''}`} onPointerMove={onPointerMove} onPointerLeave={() => setScrub(null)}>
      <Poster asset={asset} width={220} iconSize={34} />
      {playing && <PlayInPlace assetId={asset.id} />}
      {scrub && !playing && asset.thumbnailsId && asset.durationUs !== null && cues.length > 0 && (
        <>
          <ScrubPicture
            renditionId={asset.thumbnailsId}
            cues={cues}
            time={(scrub.share * asset.durationUs) / 1e6}
            width={scrub.width}
            height={scrub.height}
          />
          <i className="pic-scrub-line" style={{ left: `${scrub.share * 100}%` }} />
        </>
      )}
      {flag && <span className={`pic-label pic-flag ${flag.tone}`}>{flag.word}</span>}
      {duration && <span className="pic-label pic-duration">{duration}</span>}
      <span
        className="pic-check"
        aria-hidden
        onClick={(event) => {
          event.stopPropagation()
          onCheck(event.shiftKey)
        }}
      >
        <Check size={15} strokeWidth={2.4} />
      </span>
      {asset.work?.status === 'running' && <WorkLine assetId={asset.id} />}
    </div>
  )
}

function WorkLine({ assetId }: { assetId: string }) {
  const percent = useAssetProgress(assetId)
  return (
    <div className={`meter pic-progress ${percent === null ? 'unknown' : ''}`}>
      <i style={percent === null ? undefined : { width: `${percent}%` }} />
    </div>
  )
}
