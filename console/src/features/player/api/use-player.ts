import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { FrameTable } from '@capstan/contract/frame-table'
import type { AssetView, RenditionView } from '@capstan/contract/assets'
import { filmClock } from '../../../lib/film-clock.ts'
import { renditionFileUrl } from '../../../lib/urls.ts'
import { Transport } from './transport.ts'

/** The transport of an asset; where the rate varies, the proxy's table of frames makes it exact. */
export function useTransport(asset: AssetView, proxy: RenditionView | null): Transport {
  const table = useFrameTable(proxy)
  const [transport] = useState(() => new Transport(filmClock(asset, null)))
  useEffect(() => transport.setClock(filmClock(asset, table)), [transport, asset, table])
  return transport
}

function useFrameTable(proxy: RenditionView | null): FrameTable | null {
  const file = proxy?.files.find(({ path }) => path === 'frames.json')
  const { data } = useQuery({
    queryKey: ['frame-table', proxy?.id],
    queryFn: async ({ signal }) => {
      const response = await fetch(renditionFileUrl(proxy?.id ?? '', file?.path ?? ''), { signal })
      return FrameTable.parse(await response.json())
    },
    enabled: proxy !== null && file !== undefined,
    staleTime: Infinity,
  })
  return data ?? null
}

/** The captions that came with the film, as tracks that can be switched. */
export function captionFiles(renditions: readonly RenditionView[]): { url: string; label: string; language: string }[] {
  return renditions
    .filter(({ kind }) => kind === 'captions')
    .map(({ id, mainFile, name, facts }) => ({
      url: renditionFileUrl(id, mainFile),
      label: typeof facts['label'] === 'string' ? facts['label'] : name,
      language: typeof facts['language'] === 'string' ? facts['language'] : 'und',
    }))
}
