import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AssetSummary } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { ErrorState } from '../../../components/States.tsx'
import { Poster } from '../../../components/Poster.tsx'
import { bytes, fps } from '../../../lib/format.ts'
import { durationLabel } from '../../../lib/timecode.ts'
import { assetQuery, useAssetRights } from '../api/assets.ts'
import { DescribeForm } from './DescribeForm.tsx'
import { Facts } from './Facts.tsx'
import './assets.css'

/** The chosen asset beside the library: picture, quick edit, what it is. */
export function DetailPanel({ asset, selected, editing }: { asset: AssetSummary | null; selected: number; editing: number }) {
  const { t } = useTranslation()
  return (
    <aside className="side side-right detail" aria-label={t('library.detail')}>
      {selected > 1 && <p className="dim">{t('library.detailPanel.many', { count: selected })}</p>}
      {asset ? (
        <Chosen key={asset.id} asset={asset} editing={editing} />
      ) : (
        <p className="dimmer small">{t('library.detailPanel.nothing')}</p>
      )}
    </aside>
  )
}

function Chosen({ asset, editing }: { asset: AssetSummary; editing: number }) {
  const { t } = useTranslation()
  const { data, error } = useQuery(assetQuery(asset.id))
  const { edits } = useAssetRights()
  const known = data ?? asset
  const duration = durationLabel(known)
  const sha256 = data?.files[0]?.checksums.sha256
  return (
    <>
      <Link
        to="/assets/$number"
        params={{ number: String(asset.number) }}
        className="detail-picture"
        aria-label={`${t('library.detailPanel.open')}: ${asset.name}`}
      >
        <Poster asset={known} width={270} iconSize={40} />
      </Link>
      <div>
        <Link to="/assets/$number" params={{ number: String(asset.number) }} className="detail-name" dir="auto">
          {known.name}
        </Link>
        <p className="mono dimmer">
          {[`#${asset.number}`, duration, known.rate && known.kind === 'video' ? `${fps(known.rate)} fps` : null]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {error && <ErrorState error={error} />}
      {data && <DescribeForm asset={data} edits={edits && !data.flags.includes('deleted')} focus={editing} />}
      <div>
        <h2 className="label">{t('library.detailPanel.technical')}</h2>
        <Facts
          facts={[
            [t('asset.technical.picture'), known.width !== null && known.height !== null ? `${known.width} × ${known.height}` : null],
            [t('library.column.facts'), known.facts.join(' · ')],
            [t('asset.size'), bytes(known.sizeBytes)],
            data ? [t('asset.addedBy'), data.createdBy] : null,
            sha256 ? ['SHA-256', <span className="mono" title={sha256}>{`${sha256.slice(0, 8)}…${sha256.slice(-6)}`}</span>] : null,
          ]}
        />
      </div>
      {data && data.warnings.length > 0 && (
        <ul className="small warnings">
          {data.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </>
  )
}
