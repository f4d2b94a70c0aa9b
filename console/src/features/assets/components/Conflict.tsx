import type { AssetChange, AssetView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value ?? []).join(', '))

/** Two people changed the same asset: what each has, and the choice. */
export function Conflict({
  theirs,
  mine,
  onKeepTheirs,
  onUseMine,
}: {
  theirs: AssetView
  mine: AssetChange
  onKeepTheirs: () => void
  onUseMine: () => void
}) {
  const { t } = useTranslation()
  return (
    <div className="conflict" role="alert">
      <p>{t('asset.save.conflict')}</p>
      {(Object.keys(mine) as (keyof AssetChange)[]).map((field) => (
        <dl className="facts" key={field}>
          <dt>{t(`asset.field.${field}`)}</dt>
          <dd />
          <dt>{t('asset.save.theirs')}</dt>
          <dd>{text(theirs[field])}</dd>
          <dt>{t('asset.save.yours')}</dt>
          <dd>{text(mine[field])}</dd>
        </dl>
      ))}
      <div className="row">
        <button type="button" className="btn small" onClick={onKeepTheirs}>
          {t('asset.save.keepTheirs')}
        </button>
        <button type="button" className="btn small primary" onClick={onUseMine}>
          {t('asset.save.useMine')}
        </button>
      </div>
    </div>
  )
}
