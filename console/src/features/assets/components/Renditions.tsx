import type { AssetView, RenditionView } from '@capstan/contract/assets'
import { Download, Link2 } from 'lucide-react'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { Ago } from '../../../components/Time.tsx'
import { bytes } from '../../../lib/format.ts'
import { renditionDownloadUrl, renditionUrl } from '../../../lib/urls.ts'
import { useAssetRights } from '../api/assets.ts'
import { Facts, plainFacts } from './Facts.tsx'

/** What was made of the original, each with its facts, its link and where it comes from. */
export function Renditions({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  if (asset.renditions.length === 0) return <p className="dimmer small">{t('asset.renditions.none')}</p>
  return asset.renditions.map((rendition) => <Rendition key={rendition.id} rendition={rendition} />)
}

function Rendition({ rendition }: { rendition: RenditionView }) {
  const { t } = useTranslation()
  const { copy } = useClipboard()
  const { downloadsProxy } = useAssetRights()
  const isNamed = rendition.name !== rendition.kind
  return (
    <section className="rendition">
      <div className="row">
        <b className="grow cut">
          {t(`asset.renditions.kinds.${rendition.kind}`)} {isNamed && <span className="dimmer">{rendition.name}</span>}
        </b>
        <span className="mono dim">{bytes(rendition.sizeBytes)}</span>
        <button
          className="btn ghost icon small"
          aria-label={t('asset.renditions.link')}
          title={t('asset.renditions.link')}
          onClick={() => {
            copy(new URL(renditionUrl(rendition.id), location.href).href)
            notifications.show({ message: t('common.copied') })
          }}
        >
          <Link2 size={14} />
        </button>
        {rendition.kind === 'hls' ? null : downloadsProxy ? (
          <a
            className="btn ghost icon small"
            href={renditionDownloadUrl(rendition.id)}
            download
            aria-label={t('asset.renditions.download')}
            title={t('asset.renditions.download')}
          >
            <Download size={14} />
          </a>
        ) : (
          <button
            className="btn ghost icon small"
            disabled
            title={t('common.notAllowed', { right: t('common.rights.download_proxy') })}
            aria-label={t('asset.renditions.download')}
          >
            <Download size={14} />
          </button>
        )}
      </div>
      <p className="small dimmer">
        {rendition.mediaType} · {t('asset.renditions.files', { count: rendition.files.length })} · <Ago at={rendition.createdAt} />
      </p>
      <details className="small">
        <summary className="dim">{t('asset.renditions.show')}</summary>
        <Facts
          facts={[...plainFacts(rendition.facts), [t('asset.renditions.by'), <span className="mono">{rendition.provenance.jobKey}</span>]]}
        />
        <p className="dimmer">{t('asset.renditions.settings')}</p>
        <pre className="json" tabIndex={0}>
          {JSON.stringify(rendition.provenance.settings, null, 2)}
        </pre>
      </details>
    </section>
  )
}
