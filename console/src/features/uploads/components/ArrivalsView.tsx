import { useRef } from 'react'
import { Link } from '@tanstack/react-router'
import type { ArrivalView, UploadView } from '@capstan/contract/resources'
import { FolderUp, Inbox, Upload } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState, SkeletonRows } from '../../../components/States.tsx'
import { Ago } from '../../../components/Time.tsx'
import { pickedFiles } from '../../../lib/dropped-files.ts'
import { openFilePicker } from '../../../lib/file-picker.ts'
import { bytes } from '../../../lib/format.ts'
import { useRight } from '../../../lib/session.ts'
import { useStore } from '../../../lib/store.ts'
import { useArrivals, useUnfinishedUploads } from '../api/arrivals.ts'
import { addUploads, uploadItems } from '../api/uploads.ts'
import './uploads.css'

const GROUPS = [
  ['coming', ['receiving']],
  ['watched', ['watching', 'incomplete']],
  ['refused', ['refused']],
  ['taken', ['taken']],
] as const

/** What is coming in, what is being watched, what was refused and why. */
export function ArrivalsView() {
  const { t } = useTranslation()
  const ingests = useRight('ingest')
  const arrivals = useArrivals()
  const unfinished = useOthers(useUnfinishedUploads(ingests).data ?? [])
  const cut = new Set(unfinished.map(({ id }) => id))
  const items = (arrivals.data?.pages.flatMap((page) => page.items) ?? []).filter(({ id }) => !cut.has(id))
  const folder = useRef<HTMLInputElement>(null)
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('arrivals.title')}</h1>
        <span className="grow" />
        {ingests && (
          <>
            <button className="btn wide-only" onClick={() => folder.current?.click()}>
              <FolderUp size={15} /> {t('arrivals.uploadFolder')}
            </button>
            <button className="btn primary" onClick={openFilePicker}>
              <Upload size={15} /> {t('arrivals.upload')}
            </button>
            <input
              ref={folder}
              type="file"
              hidden
              aria-hidden
              tabIndex={-1}
              {...{ webkitdirectory: '' }}
              onChange={(event) => {
                if (event.currentTarget.files) addUploads(pickedFiles(event.currentTarget.files))
                event.currentTarget.value = ''
              }}
            />
          </>
        )}
      </header>
      <div className="page-body" tabIndex={0} role="region" aria-label={t('arrivals.title')}>
        {arrivals.isPending ? (
          <SkeletonRows />
        ) : arrivals.error ? (
          <ErrorState error={arrivals.error} onRetry={() => void arrivals.refetch()} />
        ) : items.length === 0 && unfinished.length === 0 ? (
          <EmptyState icon={Inbox} title={t('arrivals.empty')} hint={t('arrivals.emptyHint')} />
        ) : (
          <>
            {unfinished.length > 0 && <Unfinished uploads={unfinished} />}
            {GROUPS.map(([name, states]) => {
              const shown = items.filter(({ state }) => (states as readonly string[]).includes(state))
              return shown.length > 0 ? <ArrivalTable key={name} title={t(`arrivals.${name}`)} arrivals={shown} /> : null
            })}
            {arrivals.hasNextPage && (
              <div className="row" style={{ justifyContent: 'center', padding: 12 }}>
                <button className="btn" onClick={() => void arrivals.fetchNextPage()}>
                  {t('common.more')}
                </button>
              </div>
            )}
          </>
        )}
      </div>
    </div>
  )
}

/** Unfinished uploads that nobody is sending right now and that do not wait in this page. */
function useOthers(uploads: readonly UploadView[]): readonly UploadView[] {
  const here = useStore(uploadItems, (items) => items)
  return uploads.filter(
    ({ name, sizeBytes, sending }) =>
      !sending && !here.some((item) => item.name === name && item.size === sizeBytes && item.state !== 'failed'),
  )
}

function Unfinished({ uploads }: { uploads: readonly UploadView[] }) {
  const { t } = useTranslation()
  return (
    <section className="arrivals-group">
      <h2 className="label">{t('arrivals.unfinished')}</h2>
      <p className="small dim" style={{ padding: '0 12px 6px' }}>
        {t('arrivals.unfinishedHint')}
      </p>
      <table className="table">
        <tbody>
          {uploads.map((upload) => (
            <tr key={upload.id}>
              <td className="cut" style={{ maxWidth: 360 }} dir="auto">
                {upload.name}
              </td>
              <td>
                <Progress received={upload.receivedBytes} size={upload.sizeBytes} />
              </td>
              <td className="dim wide-only">
                <Ago at={upload.updatedAt} />
              </td>
              <td className="dim wide-only">
                {t('arrivals.expires')} <Ago at={upload.expiresAt} />
              </td>
              <td style={{ textAlign: 'right' }}>
                <button className="btn small" onClick={openFilePicker}>
                  {t('arrivals.choose')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Progress({ received, size }: { received: number | null; size: number | null }) {
  if (received === null && size === null) return null
  return (
    <div className="arrival-progress">
      <span className="mono dim">
        {received !== null && received !== size ? `${bytes(received)} / ` : ''}
        {bytes(size)}
      </span>
      {received !== null && size !== null && received < size && (
        <div className="meter">
          <i style={{ width: `${(received / Math.max(1, size)) * 100}%` }} />
        </div>
      )}
    </div>
  )
}

const TONES = { receiving: 'run', watching: '', incomplete: 'warn', taken: 'ok', refused: 'bad' } as const

function ArrivalTable({ title, arrivals }: { title: string; arrivals: readonly ArrivalView[] }) {
  const { t } = useTranslation()
  return (
    <section className="arrivals-group">
      <h2 className="label">{title}</h2>
      <table className="table">
        <thead>
          <tr>
            <th style={{ width: 120 }}>{t('arrivals.column.state')}</th>
            <th>{t('arrivals.column.name')}</th>
            <th className="wide-only" style={{ width: '16%' }}>
              {t('arrivals.column.from')}
            </th>
            <th style={{ width: '18%' }}>{t('arrivals.column.progress')}</th>
            <th className="wide-only" style={{ width: '28%' }}>
              {t('arrivals.column.why')}
            </th>
            <th className="wide-only" style={{ width: 110 }}>
              {t('arrivals.column.when')}
            </th>
          </tr>
        </thead>
        <tbody>
          {arrivals.map((arrival) => (
            <tr key={arrival.id}>
              <td>
                <span className="state">
                  <span className={`dot ${TONES[arrival.state]}`} />
                  {t(`arrivals.state.${arrival.state}`)}
                </span>
              </td>
              <td className="cut" style={{ maxWidth: 340 }} dir="auto" title={arrival.name}>
                {arrival.assetId ? (
                  <Link to="/assets/$number" params={{ number: arrival.assetId }}>
                    {arrival.name}
                  </Link>
                ) : (
                  arrival.name
                )}
              </td>
              <td className="dim wide-only">
                {t(`arrivals.source.${arrival.source}`)} <span className="dimmer">{arrival.sourceName}</span>
              </td>
              <td>
                <Progress received={arrival.receivedBytes} size={arrival.sizeBytes} />
              </td>
              <td className="dim wide-only">{arrival.reason}</td>
              <td className="dim wide-only">
                <Ago at={arrival.updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
