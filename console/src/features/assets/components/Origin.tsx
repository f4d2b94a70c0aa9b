import type { AssetView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { Ago } from '../../../components/Time.tsx'
import { bytes } from '../../../lib/format.ts'
import { Facts } from './Facts.tsx'

/** Where an asset comes from and how one can tell that it is intact. */
export function Origin({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  return (
    <section>
      <h3 className="label">{t('asset.origin')}</h3>
      <Facts
        facts={[
          [t('asset.addedBy'), asset.createdBy],
          [t('asset.added'), <Ago at={asset.createdAt} />],
          [t('asset.changed'), <Ago at={asset.updatedAt} />],
          [t('asset.publishedTo'), asset.publishedTo],
        ]}
      />
      {asset.files.map((file) => (
        <Facts
          key={file.id}
          facts={[
            [t('asset.originalName'), <bdi>{file.originalName}</bdi>],
            [t('asset.size'), bytes(file.sizeBytes)],
            [
              t('asset.location'),
              <>
                {file.location.storage}
                {file.location.kind === 'in_place' ? `, ${t('asset.inPlace')}` : ''}
                {file.location.state === 'present' ? '' : `, ${t(`asset.locationState.${file.location.state}`)}`}
              </>,
            ],
            ...(['sha256', 'md5', 'xxh64'] as const).map(
              (kind) =>
                [
                  kind,
                  file.checksums[kind] ? <CopyButton key={kind} text={file.checksums[kind]} label={short(file.checksums[kind])} /> : null,
                ] as const,
            ),
          ]}
        />
      ))}
    </section>
  )
}

const short = (text: string): string => (text.length > 24 ? `${text.slice(0, 12)}…${text.slice(-8)}` : text)
