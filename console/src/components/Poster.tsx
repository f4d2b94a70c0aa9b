import { useState } from 'react'
import type { AssetSummary } from '@capstan/contract/assets'
import { renditionFileUrl, renditionUrl } from '../lib/urls.ts'
import { KindIcon } from './KindIcon.tsx'

type Props = { asset: Pick<AssetSummary, 'kind' | 'posterId'>; width: number; iconSize: number }

/** The picture of an asset at about `width` pixels, or the icon of its kind. Posters of films come in sizes; the smallest that is sharp is asked for. */
export function Poster({ asset, width, iconSize }: Props) {
  const [broken, setBroken] = useState<string | null>(null)
  const { posterId, kind } = asset
  if (!posterId) return <KindIcon kind={kind} size={iconSize} />
  const sizes =
    kind === 'video' && broken !== posterId
      ? { srcSet: `${renditionFileUrl(posterId, 'small.jpg')} 320w, ${renditionFileUrl(posterId, 'medium.jpg')} 960w`, sizes: `${width}px` }
      : {}
  return (
    <img
      src={renditionUrl(posterId)}
      {...sizes}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setBroken(posterId)}
    />
  )
}
