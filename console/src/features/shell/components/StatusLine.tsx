import { Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ApiError } from '@capstan/contract/client'
import { TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { bytes, count } from '../../../lib/format.ts'
import { useStore } from '../../../lib/store.ts'
import { feedState } from '../../../lib/live/live.ts'
import { useStatus } from '../api/status.ts'

/** What is true of the platform now. */
export function StatusLine() {
  const { t } = useTranslation()
  const { data, error } = useStatus()
  const feed = useStore(feedState, (state) => state)
  const isDown = error !== null && !(error instanceof ApiError && error.status < 500)
  const lost = isDown || feed === 'lost'
  return (
    <footer className="foot" aria-label={t('shell.status.label')}>
      {data && (
        <>
          <Link to="/jobs" search={{ filter: 'state:running' }} className="state">
            <span className={`dot ${data.jobs.running > 0 ? 'run' : ''}`} />
            {t('shell.status.running', { count: data.jobs.running })}
          </Link>
          <Link to="/jobs" search={{ filter: 'state:created,scheduled,pending,queued,waiting_for_lock,paused' }} className="state">
            <span className="dot" />
            {t('shell.status.waiting', { count: data.jobs.waiting })}
          </Link>
          <Link to="/jobs" search={{ filter: 'state:failed,timed_out,in_doubt' }} className="state">
            <span className={`dot ${data.jobs.failed > 0 ? 'bad' : ''}`} />
            {t('shell.status.failed', { count: data.jobs.failed })}
          </Link>
        </>
      )}
      <span className="grow" />
      {data && data.notices.length > 0 && (
        <Tooltip multiline maw={420} label={data.notices.join(' · ')}>
          <span className="state warn-text" tabIndex={0}>
            <TriangleAlert size={13} aria-hidden />
            {t('shell.status.notices', { count: data.notices.length })}
          </span>
        </Tooltip>
      )}
      {data?.storage && <Storage storage={data.storage} />}
      {data && <span className="wide-only">{data.account}</span>}
      <span className="state" role="status">
        {feed !== 'forbidden' && (
          <>
            <span className={`dot ${lost ? 'bad' : feed === 'live' ? 'ok' : ''}`} />
            <span className={lost ? '' : 'wide-only'}>
              {lost ? t('shell.status.lost') : feed === 'live' ? t('shell.status.live') : t('shell.status.connecting')}
            </span>
          </>
        )}
      </span>
      {data && <span className="sr-only">{count(data.assets)}</span>}
    </footer>
  )
}

type Storage = { name: string; sizeBytes: number | null; freeBytes: number | null; status: 'ok' | 'low' | 'unreachable' }

function Storage({ storage }: { storage: Storage }) {
  const { t } = useTranslation()
  return (
    <span className="state wide-only">
      <span className={`dot ${storage.status === 'ok' ? 'ok' : storage.status === 'low' ? 'warn' : 'bad'}`} />
      {t('shell.status.storage', { name: storage.name })}
      {storage.sizeBytes !== null && storage.freeBytes !== null && (
        <span className="mono">{t('shell.status.free', { free: bytes(storage.freeBytes), size: bytes(storage.sizeBytes) })}</span>
      )}
      {storage.status !== 'ok' && <b>{t(`shell.status.${storage.status}`)}</b>}
    </span>
  )
}
