import { useQuery } from '@tanstack/react-query'
import { assets } from '@capstan/contract/assets'
import { call } from '../../../lib/api.ts'
import { renditionUrl } from '../../../lib/urls.ts'

/** The proxy in the tile, with sound, from its beginning. */
export function PlayInPlace({ assetId }: { assetId: string }) {
  const { data } = useQuery({
    queryKey: ['asset', assetId],
    queryFn: ({ signal }) => call(assets.get, { params: { id: assetId }, signal }),
  })
  const proxy = data?.renditions.find(({ kind }) => kind === 'proxy')
  if (!proxy) return null
  return <video src={renditionUrl(proxy.id)} autoPlay loop playsInline disablePictureInPicture />
}
