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

/** Every WebVTT file that belongs to the film: captions that can be switched. */
export function captionFiles(renditions: readonly RenditionView[]): { url: string; label: string; language: string }[] {
  return renditions
    .filter(({ kind }) => kind === 'proxy' || kind === 'text' || kind === 'hls')
    .flatMap(({ id, files }) =>
      files.filter(({ path, mediaType }) => mediaType.startsWith('text/vtt') && path.endsWith('.vtt')).map(({ path }) => ({ id, path })),
    )
    .map(({ id, path }) => {
      const name = path.replace(/^.*\//, '').replace(/\.vtt$/, '')
      return { url: renditionFileUrl(id, path), label: name, language: /(?:^|[._-])([a-z]{2,3})$/.exec(name)?.[1] ?? 'und' }
    })
}
