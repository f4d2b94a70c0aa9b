import { useEffect, useState } from 'react'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { AssetView as Asset, SubClipView } from '@capstan/contract/assets'
import { FileQuestion, Hourglass, Lock } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState, SkeletonRows } from '../components/States.tsx'
import { AssetBar } from '../features/assets/components/AssetBar.tsx'
import { AssetView, type Tab } from '../features/assets/components/AssetView.tsx'
import { DocumentViewer } from '../features/assets/components/DocumentViewer.tsx'
import { ImageViewer } from '../features/assets/components/ImageViewer.tsx'
import { SaveClip, SubClips, type Stretch } from '../features/assets/components/SubClips.tsx'
import { assetQuery, renditionOf, useAssetRights, useSubClips } from '../features/assets/api/assets.ts'
import type { Transport } from '../features/player/api/transport.ts'
import { useTransport } from '../features/player/api/use-player.ts'
import { Markers } from '../features/player/components/Markers.tsx'
import { Player } from '../features/player/components/Player.tsx'
import { useKeys } from '../lib/keys.ts'
import { renditionUrl, stillUrl } from '../lib/urls.ts'

export function AssetPage() {
  const { number } = useParams({ from: '/frame/assets/$number' })
  const { data, error, refetch } = useQuery(assetQuery(number))
  if (data) return <Loaded key={data.id} asset={data} />
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  return <SkeletonRows rows={3} height={120} />
}

function Loaded({ asset }: { asset: Asset }) {
  const { tab = 'describe', t: moment, clip } = useSearch({ from: '/frame/assets/$number' })
  const navigate = useNavigate({ from: '/assets/$number' })
  const rights = useAssetRights()
  const [stretch, setStretch] = useState<Stretch | null>(null)
  const known = useSubClips(asset.id).data
  const clips = known ?? NO_CLIPS
  const proxy = renditionOf(asset, 'proxy')
  const hls = renditionOf(asset, 'hls')
  const transport = useTransport(asset, proxy)
  const isPlayable = Boolean(proxy ?? hls) && rights.plays
  useMoment(transport, moment, isPlayable)
  useClip(transport, clip, isPlayable ? known : undefined)
  useKeys({ Escape: () => void navigate({ to: '/assets' }) })

  const saveClip = () => {
    const { inFrame, outFrame } = transport.state.get()
    const { clock } = transport
    const inIndex = inFrame ?? 0
    const outIndex = (outFrame ?? clock.frames - 1) + 1
    transport.stop()
    setStretch({ inIndex, outIndex, name: `${asset.name.slice(0, 200)} ${clock.label(inIndex)}` })
  }
  const linkHere = (): string => {
    const url = new URL(location.href)
    url.search = isPlayable ? `?t=${transport.clock.label(transport.state.get().frame)}` : ''
    return url.href
  }
  const onSaveClip = isPlayable && rights.edits ? saveClip : null
  return (
    <>
      <AssetView
        asset={asset}
        tab={tab}
        onTab={(next: Tab) => void navigate({ search: (now) => ({ ...now, tab: next }), replace: true })}
        bar={<AssetBar asset={asset} linkHere={linkHere} onSaveClip={onSaveClip} />}
        stage={
          isPlayable ? (
            <Player
              transport={transport}
              asset={asset}
              proxy={proxy}
              hls={hls}
              waveform={renditionOf(asset, 'waveform')}
              clips={clips}
              onSaveClip={onSaveClip}
              onStill={rights.exports ? (frame) => window.open(stillUrl(asset.id, frame), '_blank', 'noopener') : null}
            />
          ) : (
            <Still asset={asset} plays={rights.plays} />
          )
        }
        clips={
          isPlayable ? (
            <>
              <SubClips assetId={asset.id} clips={clips} onPlay={({ inIndex, outIndex }) => transport.playRange(inIndex, outIndex)} />
              <Markers assetId={asset.id} transport={transport} />
            </>
          ) : null
        }
      />
      <SaveClip assetId={asset.id} stretch={stretch} onClose={() => setStretch(null)} />
    </>
  )
}

const NO_CLIPS: [] = []

/** The address names a moment: go there at first, and keep it true wherever the film stands. */
function useMoment(transport: Transport, moment: string | undefined, isPlayable: boolean): void {
  const navigate = useNavigate({ from: '/assets/$number' })
  const [first] = useState(moment)
  useEffect(() => {
    const frame = first && isPlayable ? transport.clock.parse(first) : null
    if (frame !== null) transport.seek(frame)
  }, [transport, first, isPlayable])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const undo = transport.state.subscribe(() => {
      clearTimeout(timer)
      const { speed, frame, ready } = transport.state.get()
      if (speed !== 0 || !ready) return
      timer = setTimeout(
        () => void navigate({ search: (now) => ({ ...now, t: frame === 0 ? undefined : transport.clock.label(frame) }), replace: true }),
        600,
      )
    })
    return () => {
      clearTimeout(timer)
      undo()
    }
  }, [transport, navigate])
}

/** The address names a sub-clip: its stretch is set, once, and its first frame shown. */
function useClip(transport: Transport, clipId: string | undefined, clips: readonly SubClipView[] | undefined): void {
  const { t } = useTranslation()
  const navigate = useNavigate({ from: '/assets/$number' })
  useEffect(() => {
    if (!clipId || !clips) return
    const clip = clips.find(({ id }) => id === clipId)
    if (clip) {
      transport.setIn(clip.inIndex)
      transport.setOut(clip.outIndex - 1)
      transport.seek(clip.inIndex)
    } else notifications.show({ message: t('player.clipGone') })
    void navigate({ search: (now) => ({ ...now, clip: undefined }), replace: true })
  }, [transport, clipId, clips, navigate, t])
}

/** What has no film: a picture, a document, or the reason why there is nothing to see. */
function Still({ asset, plays }: { asset: Asset; plays: boolean }) {
  const { t } = useTranslation()
  if (!plays)
    return <EmptyState icon={Lock} title={t('asset.noRight')} hint={t('common.notAllowed', { right: t('common.rights.play_proxy') })} />
  const picture = largest(asset)
  const text = renditionOf(asset, 'text')
  if (asset.kind === 'document' && (picture || text)) return <DocumentViewer picture={picture} text={text} name={asset.name} />
  if (picture) return <ImageViewer {...picture} name={asset.name} />
  if (asset.flags.includes('purged')) return <EmptyState icon={FileQuestion} title={t('asset.purged')} hint={t('asset.purgedHint')} />
  if (asset.work?.status === 'running')
    return (
      <EmptyState icon={Hourglass} title={t('asset.working')} hint={t('asset.workingHint')}>
        <Link className="btn" to="/runs/$number" params={{ number: asset.work.runId }}>
          {t('asset.showRun')}
        </Link>
      </EmptyState>
    )
  if (asset.work?.status === 'failed')
    return (
      <EmptyState icon={FileQuestion} title={t('asset.failed')} hint={asset.warnings.join(' ')}>
        <Link className="btn" to="/runs/$number" params={{ number: asset.work.runId }}>
          {t('asset.showRun')}
        </Link>
      </EmptyState>
    )
  return <EmptyState icon={FileQuestion} title={t('asset.noPreview')} hint={t('asset.noPreviewHint')} />
}

/** The largest picture there is of an asset, with its size in pixels. */
function largest(asset: Asset): { src: string; width: number; height: number } | null {
  const sized = asset.renditions
    .filter(({ kind, mediaType }) => (kind === 'image' || kind === 'poster') && mediaType.startsWith('image/'))
    .map(({ id, facts }) => ({
      src: renditionUrl(id),
      width: Number(facts['width'] ?? 0) || (asset.width ?? 1600),
      height: Number(facts['height'] ?? 0) || (asset.height ?? 900),
    }))
    .sort((a, b) => b.width - a.width)
  return sized[0] ?? null
}
