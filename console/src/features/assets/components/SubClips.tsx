import { useEffect, useRef, useState, type SubmitEvent } from 'react'
import { Modal, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import type { SubClipView } from '@capstan/contract/assets'
import { Download, Link2, Play, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { InlineText } from '../../../components/InlineText.tsx'
import { messageOf, tellError } from '../../../components/problem.ts'
import { indexLabel } from '../../../lib/timecode.ts'
import { subClipUrl } from '../../../lib/urls.ts'
import { useAddSubClip, useAssetRights, useRemoveSubClip, useRenameSubClip } from '../api/assets.ts'

const linkTo = ({ id }: SubClipView): string => {
  const url = new URL(location.href)
  url.search = `?clip=${id}`
  return url.href
}

type ListProps = { assetId: string; clips: readonly SubClipView[]; onPlay: (clip: SubClipView) => void }

/** The stretches that people kept. */
export function SubClips({ assetId, clips, onPlay }: ListProps) {
  const { t } = useTranslation()
  const { edits, exports } = useAssetRights()
  const remove = useRemoveSubClip(assetId)
  const rename = useRenameSubClip(assetId)
  const { copy } = useClipboard()
  return (
    <section>
      <h3 className="label">{t('asset.clips.title')}</h3>
      {clips.length === 0 && <p className="small dimmer">{t('asset.clips.none')}</p>}
      {clips.map((clip) => (
        <div key={clip.id} className="clip">
          <button className="btn ghost icon small" aria-label={t('asset.clips.play', { name: clip.name })} onClick={() => onPlay(clip)}>
            <Play size={14} />
          </button>
          {edits ? (
            <InlineText
              value={rename.isPending && rename.variables.clip.id === clip.id ? rename.variables.name : clip.name}
              label={t('player.clipName', { name: clip.name })}
              maxLength={500}
              required
              onSave={(name) => rename.mutate({ clip, name }, { onError: tellError })}
            />
          ) : (
            <span className="grow cut" dir="auto" title={clip.name}>
              {clip.name}
            </span>
          )}
          <span className="mono dimmer">{clip.inTimecode ?? indexLabel(clip.inIndex, clip.rate)}</span>
          <button
            className="btn ghost icon small"
            aria-label={t('player.clipLink', { name: clip.name })}
            onClick={() => {
              copy(linkTo(clip))
              notifications.show({ message: t('common.copied') })
            }}
          >
            <Link2 size={14} />
          </button>
          {exports && (
            <a
              className="btn ghost icon small"
              href={subClipUrl(assetId, clip.id)}
              download
              aria-label={t('asset.clips.download', { name: clip.name })}
            >
              <Download size={14} />
            </a>
          )}
          {edits && (
            <button
              className="btn ghost icon small"
              aria-label={t('asset.clips.remove', { name: clip.name })}
              onClick={() =>
                remove.mutate(clip.id, { onError: tellError, onSuccess: () => notifications.show({ message: t('asset.clips.removed') }) })
              }
            >
              <X size={14} />
            </button>
          )}
        </div>
      ))}
    </section>
  )
}

export type Stretch = { inIndex: number; outIndex: number; name: string }

/** Asks for the name of a stretch and keeps it. */
export function SaveClip({ assetId, stretch, onClose }: { assetId: string; stretch: Stretch | null; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal opened={stretch !== null} onClose={onClose} title={t('asset.clips.add')}>
      {stretch && <SaveForm assetId={assetId} stretch={stretch} onClose={onClose} />}
    </Modal>
  )
}

function SaveForm({ assetId, stretch, onClose }: { assetId: string; stretch: Stretch; onClose: () => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState(stretch.name)
  const input = useRef<HTMLInputElement>(null)
  const add = useAddSubClip(assetId)
  useEffect(() => input.current?.select(), [])
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    add.mutate(
      { name: name.trim(), inIndex: stretch.inIndex, outIndex: stretch.outIndex },
      {
        onSuccess: () => {
          notifications.show({ message: t('asset.clips.saved') })
          onClose()
        },
      },
    )
  }
  return (
    <form onSubmit={submit} className="describe">
      <TextInput
        ref={input}
        size="sm"
        label={t('asset.clips.name')}
        value={name}
        maxLength={500}
        onChange={(event) => setName(event.currentTarget.value)}
        error={messageOf(add.error)}
        data-autofocus
      />
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!name.trim() || add.isPending}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
