import { useTranslation } from 'react-i18next'
import { bytes } from '../../../lib/format.ts'
import { useStorages } from '../api/admin.ts'
import { Listing } from './Listing.tsx'

const TONES = { ok: 'ok', low: 'warn', unreachable: 'bad' } as const

/** Where essence lies, with room and health. */
export function Storages() {
  const { t } = useTranslation()
  return (
    <Listing
      query={useStorages()}
      head={[
        t('admin.storages.name'),
        t('admin.storages.purpose'),
        t('admin.storages.url'),
        t('admin.storages.room'),
        t('admin.storages.status'),
      ]}
      row={({ id, name, purpose, url, sizeBytes, freeBytes, lowWaterBytes, status, message }) => (
        <tr key={id}>
          <td>
            <b>{name}</b>
          </td>
          <td className="dim">{t(`admin.storages.purposes.${purpose}`)}</td>
          <td className="mono dim">{url}</td>
          <td>
            {sizeBytes !== null && freeBytes !== null && (
              <div className="room">
                <span className="mono dim">{t('shell.status.free', { free: bytes(freeBytes), size: bytes(sizeBytes) })}</span>
                <div className={`meter ${status === 'low' ? 'low' : ''}`}>
                  <i style={{ width: `${(1 - freeBytes / sizeBytes) * 100}%` }} />
                </div>
              </div>
            )}
          </td>
          <td>
            <span className="state">
              <span className={`dot ${TONES[status]}`} />
              {t(`admin.storages.${status}`)}
            </span>{' '}
            <span className="dimmer">{message ?? t('admin.storages.reserve', { size: bytes(lowWaterBytes) })}</span>
          </td>
        </tr>
      )}
    />
  )
}
