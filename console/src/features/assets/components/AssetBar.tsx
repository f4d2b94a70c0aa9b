import { Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { Link, useRouter } from '@tanstack/react-router'
import type { AssetView } from '@capstan/contract/assets'
import { ChevronDown, ChevronLeft, Download, Link2, Play, RotateCcw, Scissors, Send, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { tellError } from '../../../components/problem.ts'
import { originalUrl, renditionDownloadUrl } from '../../../lib/urls.ts'
import {
  renditionOf,
  useAssetRights,
  usePublish,
  useRemoveAsset,
  useRestoreAsset,
  useStartRun,
  useUnpublish,
  useWorkflowNames,
} from '../api/assets.ts'

type Props = { asset: AssetView; linkHere: () => string; onSaveClip: (() => void) | null }

/** Name and what one can do; what one may not do is said with who can give it. */
export function AssetBar({ asset, linkHere, onSaveClip }: Props) {
  const { t } = useTranslation()
  const router = useRouter()
  const { copy } = useClipboard()
  const back = () => (router.history.canGoBack() ? router.history.back() : void router.navigate({ to: '/assets' }))
  const binned = asset.flags.includes('deleted')
  return (
    <>
      <button className="btn ghost" onClick={back} style={{ paddingLeft: 4 }}>
        <ChevronLeft size={16} /> <span className="wide-only">{t('asset.results')}</span>
      </button>
      <h1 className="asset-title cut" dir="auto" title={asset.name}>
        {asset.name}
      </h1>
      <span className="mono dimmer wide-only">{t('asset.number', { number: asset.number })}</span>
      {asset.flags
        .filter((flag) => flag !== 'online')
        .map((flag) => (
          <span key={flag} className="tag wide-only">
            {t(`library.flag.${flag}`)}
          </span>
        ))}
      <Work asset={asset} />
      <span className="grow" />
      {onSaveClip && (
        <button className="btn wide-only" onClick={onSaveClip}>
          <Scissors size={15} /> {t('asset.clips.add')} <kbd>S</kbd>
        </button>
      )}
      <button
        className="btn ghost icon wide-only"
        aria-label={t('asset.copyLink')}
        title={t('asset.copyLink')}
        onClick={() => {
          copy(linkHere())
          notifications.show({ message: t('common.copied') })
        }}
      >
        <Link2 size={16} />
      </button>
      <DownloadMenu asset={asset} />
      {!binned && <RunMenu asset={asset} />}
      {!asset.flags.includes('purged') && <BinButton asset={asset} binned={binned} />}
      {!binned && <PublishButton asset={asset} />}
    </>
  )
}

function Work({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  if (!asset.work || asset.work.status === 'completed')
    return asset.warnings.length > 0 ? (
      <span className="tag wide-only" title={asset.warnings.join('\n')}>
        <span className="state">
          <span className="dot warn" />
          {t('asset.warnings', { count: asset.warnings.length })}
        </span>
      </span>
    ) : null
  const { runId, status } = asset.work
  return (
    <Link to="/runs/$number" params={{ number: runId }} className="tag state">
      <span className={`dot ${status === 'running' ? 'run' : status === 'failed' ? 'bad' : ''}`} />
      {t(`workflows.status.${status}`)}
    </Link>
  )
}

function DownloadMenu({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  const { downloadsOriginal, downloadsProxy } = useAssetRights()
  const proxy = renditionOf(asset, 'proxy')
  const file = asset.files[0]
  const purged = asset.flags.includes('purged')
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <button className="btn" aria-label={t('asset.download')}>
          <Download size={15} /> <span className="wide-only">{t('asset.download')}</span> <ChevronDown size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {file && !purged && downloadsOriginal ? (
          <Menu.Item component="a" href={originalUrl(file.id)} download>
            {t('asset.downloadOriginal')}
          </Menu.Item>
        ) : (
          <Menu.Item disabled>
            {t('asset.downloadOriginal')}
            {!downloadsOriginal && <div className="small">{t('common.notAllowed', { right: t('common.rights.download_original') })}</div>}
          </Menu.Item>
        )}
        {proxy && downloadsProxy ? (
          <Menu.Item component="a" href={renditionDownloadUrl(proxy.id)} download>
            {t('asset.downloadProxy')}
          </Menu.Item>
        ) : (
          <Menu.Item disabled>
            {t('asset.downloadProxy')}
            {!downloadsProxy && <div className="small">{t('common.notAllowed', { right: t('common.rights.download_proxy') })}</div>}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

function RunMenu({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  const { operates } = useAssetRights()
  const names = useWorkflowNames(operates)
  const start = useStartRun()
  if (!operates) return null
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button className="btn wide-only">
          <Play size={14} /> {t('asset.runWorkflow')}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {names.data?.items.map(({ name, title }) => (
          <Menu.Item
            key={name}
            onClick={() =>
              start.mutate(
                { workflow: name, assetId: asset.id },
                { onSuccess: () => notifications.show({ message: t('asset.started', { workflow: title }) }), onError: tellError },
              )
            }
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function BinButton({ asset, binned }: { asset: AssetView; binned: boolean }) {
  const { t } = useTranslation()
  const router = useRouter()
  const { edits } = useAssetRights()
  const remove = useRemoveAsset()
  const restore = useRestoreAsset()
  if (!edits) return null
  if (binned)
    return (
      <button className="btn" disabled={restore.isPending} onClick={() => restore.mutate(asset.id, { onError: tellError })}>
        <RotateCcw size={15} /> {t('asset.restore')}
      </button>
    )
  const onRemove = () =>
    remove.mutate(asset.id, {
      onError: tellError,
      onSuccess: () => {
        const id = notifications.show({
          message: (
            <span className="row">
              <span className="grow">{t('asset.toBinDone', { name: asset.name.slice(0, 60) })}</span>
              <button
                className="btn small"
                onClick={() => {
                  restore.mutate(asset.id)
                  notifications.hide(id)
                }}
              >
                {t('common.undo')}
              </button>
            </span>
          ),
          autoClose: 10_000,
        })
        void router.navigate({ to: '/assets' })
      },
    })
  return (
    <button
      className="btn ghost icon"
      aria-label={t('asset.toBin')}
      title={t('asset.toBin')}
      disabled={remove.isPending}
      onClick={onRemove}
    >
      <Trash2 size={16} />
    </button>
  )
}

function PublishButton({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  const { publishes } = useAssetRights()
  const publish = usePublish()
  const unpublish = useUnpublish()
  const published = asset.flags.includes('published')
  const action = published ? unpublish : publish
  return (
    <button
      className={`btn ${published ? '' : 'primary'}`}
      disabled={!publishes || action.isPending}
      title={publishes ? '' : t('common.notAllowed', { right: t('common.rights.publish') })}
      onClick={() =>
        action.mutate(asset.id, {
          onError: tellError,
          onSuccess: () => notifications.show({ message: published ? t('asset.unpublishing') : t('asset.publishing') }),
        })
      }
    >
      <Send size={15} /> <span className="wide-only">{published ? t('asset.unpublish') : t('asset.publish')}</span>
    </button>
  )
}
