import { useQuery } from '@tanstack/react-query'
import type { RenditionView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { renditionUrl } from '../../../lib/urls.ts'
import { ImageViewer } from './ImageViewer.tsx'

const TEXT_MAX = 200_000

/** The first page as a picture, the text beside it. */
export function DocumentViewer({
  picture,
  text,
  name,
}: {
  picture: { src: string; width: number; height: number } | null
  text: RenditionView | null
  name: string
}) {
  const { t } = useTranslation()
  const { data } = useQuery({
    queryKey: ['text', text?.id],
    queryFn: async ({ signal }) => (await (await fetch(renditionUrl(text?.id ?? ''), { signal })).text()).slice(0, TEXT_MAX),
    enabled: text !== null,
    staleTime: Infinity,
  })
  return (
    <div className="doc-stage" style={picture && text ? undefined : { gridTemplateColumns: '1fr' }}>
      {picture && <ImageViewer {...picture} name={name} />}
      {text && (
        <div className="doc-text" dir="auto" tabIndex={0} role="region" aria-label={t('asset.words.title')}>
          {data}
        </div>
      )}
    </div>
  )
}
