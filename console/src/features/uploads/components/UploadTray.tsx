import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp, Pause, Play, Repeat, RotateCcw, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { bytes, span } from '../../../lib/format.ts'
import { useStore } from '../../../lib/store.ts'
import { useStored } from '../../../lib/stored.ts'
import {
  cancelUpload,
  clearFinished,
  isHere,
  pauseUpload,
  resumeUpload,
  takeInAgain,
  uploadItems,
  type UploadItem,
  type UploadState,
} from '../api/uploads.ts'

const SHOWN_MAX = 60
const ORDER: Record<UploadState, number> = { failed: 0, uploading: 1, hashing: 1, paused: 2, waiting: 3, present: 4, done: 5 }

/** What this browser uploads, on every page, out of the way. */
export function UploadTray() {
  const { t } = useTranslation()
  const items = useStore(uploadItems, (all) => all)
  const [open, setOpen] = useStored('uploads.tray', true)
  if (items.length === 0) return null
  const total = items.reduce((sum, { size }) => sum + size, 0)
  const sent = items.reduce((sum, item) => sum + (isHere(item) ? item.size : item.sent), 0)
  const speed = items.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)
  const done = items.filter(isHere).length
  const present = items.filter(({ state }) => state === 'present')
  const running = items.filter(({ state }) => state === 'uploading' || state === 'waiting' || state === 'hashing')
  const paused = items.filter(({ state }) => state === 'paused')
  return (
    <section className="tray" aria-label={t('arrivals.tray.title')}>
      <div className="tray-head">
        <b>{t('arrivals.tray.title')}</b>
        <span className="dim small grow" role="status">
          {t('arrivals.tray.progress', { done, total: items.length })}
          {present.length > 0 && ` · ${t('arrivals.tray.present', { count: present.length })}`}
          {speed > 0 && ` · ${bytes(speed)}/s · ${t('arrivals.tray.left', { time: span(((total - sent) / speed) * 1000) })}`}
        </span>
        {running.length > 0 && (
          <TrayButton icon={Pause} label={t('arrivals.tray.pauseAll')} onClick={() => running.forEach(({ id }) => pauseUpload(id))} />
        )}
        {running.length === 0 && paused.length > 0 && (
          <TrayButton icon={Play} label={t('arrivals.tray.resumeAll')} onClick={() => paused.forEach(({ id }) => resumeUpload(id))} />
        )}
        {present.length > 1 && (
          <TrayButton icon={Repeat} label={t('arrivals.tray.againAll')} onClick={() => present.forEach(({ id }) => takeInAgain(id))} />
        )}
        {done > 0 && <TrayButton icon={X} label={t('arrivals.tray.clear')} onClick={clearFinished} />}
        <TrayButton
          icon={open ? ChevronDown : ChevronUp}
          label={open ? t('arrivals.tray.hide') : t('arrivals.tray.show')}
          onClick={() => setOpen(!open)}
        />
      </div>
      <div className="meter">
        <i style={{ width: `${total > 0 ? (sent / total) * 100 : 100}%` }} />
      </div>
      {open && (
        <ul className="tray-list">
          {[...items]
            .sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.id - b.id)
            .slice(0, SHOWN_MAX)
            .map((item) => (
              <Item key={item.id} item={item} />
            ))}
        </ul>
      )}
    </section>
  )
}

function TrayButton({ icon: Icon, label, onClick }: { icon: typeof X; label: string; onClick: () => void }) {
  return (
    <button className="btn ghost icon small" aria-label={label} title={label} onClick={onClick}>
      <Icon size={14} />
    </button>
  )
}

const TONES: Record<UploadState, string> = {
  waiting: '',
  hashing: 'run',
  uploading: 'run',
  paused: '',
  done: 'ok',
  present: 'ok',
  failed: 'bad',
}

function Item({ item }: { item: UploadItem }) {
  const { t } = useTranslation()
  const percent = item.size > 0 ? Math.floor((item.sent / item.size) * 100) : 100
  return (
    <li className="tray-item">
      <div className="row">
        <span className={`dot ${TONES[item.state]}`} />
        <span className="grow cut" dir="auto" title={item.relativePath}>
          {item.assetId ? (
            <Link to="/assets/$number" params={{ number: item.assetId }}>
              {item.name}
            </Link>
          ) : (
            item.name
          )}
        </span>
        <span className="mono dim">{item.state === 'uploading' || item.state === 'paused' ? `${percent} %` : bytes(item.size)}</span>
        {(item.state === 'uploading' || item.state === 'waiting') && (
          <TrayButton icon={Pause} label={t('arrivals.tray.pause')} onClick={() => pauseUpload(item.id)} />
        )}
        {item.state === 'paused' && <TrayButton icon={Play} label={t('arrivals.tray.resume')} onClick={() => resumeUpload(item.id)} />}
        {item.state === 'failed' && <TrayButton icon={RotateCcw} label={t('arrivals.tray.retry')} onClick={() => resumeUpload(item.id)} />}
        {item.state === 'present' && (
          <button className="btn ghost small" onClick={() => takeInAgain(item.id)}>
            {t('arrivals.tray.again')}
          </button>
        )}
        {!isHere(item) && <TrayButton icon={X} label={t('arrivals.tray.cancel')} onClick={() => cancelUpload(item.id)} />}
      </div>
      <div className={`small dimmer ${item.error ? '' : 'cut'}`}>
        {item.error ?? t(`arrivals.item.${item.state}`)}
        {item.resumedAt > 0 &&
          !isHere(item) &&
          ` · ${t('arrivals.item.resumed', { percent: Math.floor((item.resumedAt / item.size) * 100) })}`}
        {item.state === 'uploading' && item.bytesPerSecond > 0 && ` · ${bytes(item.bytesPerSecond)}/s`}
      </div>
    </li>
  )
}
