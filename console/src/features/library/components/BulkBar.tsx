import { useState } from 'react'
import { Modal, TagsInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { RotateCcw, Send, Tag, Trash2, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { messageOf } from '../../../components/problem.ts'
import { useRight } from '../../../lib/session.ts'
import { useBulkPublish, useBulkPurge, useBulkRemove, useBulkRestore, useBulkTag, type BulkOutcome } from '../api/bulk.ts'

/** What one can do with the selected assets. */
export function BulkBar({ ids, bin, onClear }: { ids: readonly string[]; bin: boolean; onClear: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <b>{t('library.selected', { count: ids.length })}</b>
      {bin ? <BinActions ids={ids} onDone={onClear} /> : <LibraryActions ids={ids} onDone={onClear} />}
      <span className="grow" />
      <button className="btn ghost small" onClick={onClear}>
        <X size={14} /> {t('library.clearSelection')}
      </button>
    </>
  )
}

type Actions = { ids: readonly string[]; onDone: () => void }

function LibraryActions({ ids, onDone }: Actions) {
  const { t } = useTranslation()
  const [tagging, setTagging] = useState(false)
  const edits = useRight('edit')
  const publishes = useRight('publish')
  const remove = useRemoveWithUndo()
  const publish = useBulkPublish()
  return (
    <>
      {edits && (
        <button className="btn small" onClick={() => setTagging(true)}>
          <Tag size={14} /> {t('library.bulk.tag')}
        </button>
      )}
      {publishes && (
        <button
          className="btn small"
          onClick={() =>
            publish.mutate(
              { ids, value: null },
              { onSuccess: (outcome) => tell(outcome, t('library.bulk.published', { count: outcome.done.length })) },
            )
          }
        >
          <Send size={14} /> {t('library.bulk.publish')}
        </button>
      )}
      {edits && (
        <button
          className="btn small"
          onClick={() => {
            remove(ids)
            onDone()
          }}
        >
          <Trash2 size={14} /> {t('library.bulk.remove')}
        </button>
      )}
      <TagDialog opened={tagging} ids={ids} onClose={() => setTagging(false)} />
    </>
  )
}

function BinActions({ ids, onDone }: Actions) {
  const { t } = useTranslation()
  const [purging, setPurging] = useState(false)
  const edits = useRight('edit')
  const administers = useRight('administer')
  const restore = useBulkRestore()
  const purge = useBulkPurge()
  const finish = (words: (n: number) => string) => ({
    onSuccess: (outcome: BulkOutcome) => {
      tell(outcome, words(outcome.done.length))
      setPurging(false)
      onDone()
    },
  })
  return (
    <>
      <button
        className="btn small"
        disabled={!edits}
        onClick={() =>
          restore.mutate(
            { ids, value: null },
            finish((count) => t('library.bulk.restored', { count })),
          )
        }
      >
        <RotateCcw size={14} /> {t('library.bulk.restore')}
      </button>
      <button
        className="btn small danger"
        disabled={!administers}
        title={administers ? '' : t('common.notAllowed', { right: t('common.rights.administer') })}
        onClick={() => setPurging(true)}
      >
        <Trash2 size={14} /> {t('library.bulk.purge')}
      </button>
      <Modal opened={purging} onClose={() => setPurging(false)} title={t('library.purge.title')}>
        <p className="dim">{t('library.purge.text', { count: ids.length })}</p>
        <div className="row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
          <button className="btn" onClick={() => setPurging(false)}>
            {t('common.cancel')}
          </button>
          <button
            className="btn danger"
            disabled={purge.isPending}
            onClick={() =>
              purge.mutate(
                { ids, value: null },
                finish((count) => t('library.bulk.purged', { count })),
              )
            }
          >
            {t('library.purge.action')}
          </button>
        </div>
      </Modal>
    </>
  )
}

function TagDialog({ opened, ids, onClose }: { opened: boolean; ids: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation()
  const [tags, setTags] = useState<string[]>([])
  const tag = useBulkTag()
  const submit = () =>
    tag.mutate(
      { ids, value: tags },
      {
        onSuccess: (outcome) => {
          tell(outcome, t('library.bulk.tagDone', { count: outcome.done.length }))
          setTags([])
          onClose()
        },
      },
    )
  return (
    <Modal opened={opened} onClose={onClose} title={t('library.bulk.tag')}>
      <TagsInput
        label={t('library.bulk.tagLabel')}
        size="sm"
        value={tags}
        onChange={setTags}
        splitChars={[',']}
        data-autofocus
        acceptValueOnBlur
      />
      <div className="row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <button className="btn primary" disabled={tags.length === 0 || tag.isPending} onClick={submit}>
          {t('common.add')}
        </button>
      </div>
    </Modal>
  )
}

/** Moves to the bin at once and offers to take it back. */
export function useRemoveWithUndo(): (ids: readonly string[]) => void {
  const { t } = useTranslation()
  const remove = useBulkRemove()
  const restore = useBulkRestore()
  return (ids) =>
    remove.mutate(
      { ids, value: null },
      {
        onSuccess: (outcome) => {
          const id = notifications.show({
            message: (
              <span className="row">
                <span className="grow">{t('library.bulk.removed', { count: outcome.done.length })}</span>
                <button
                  className="btn small"
                  onClick={() => {
                    restore.mutate({ ids: outcome.done, value: null })
                    notifications.hide(id)
                  }}
                >
                  {t('common.undo')}
                </button>
              </span>
            ),
            autoClose: 10_000,
          })
          if (outcome.failed.length > 0) tell(outcome, '')
        },
      },
    )
}

function tell({ done, failed }: BulkOutcome, words: string): void {
  if (done.length > 0 && words) notifications.show({ message: words })
  const first = failed[0]
  if (first)
    notifications.show({
      color: 'red',
      message: `${failed.length} / ${failed.length + done.length}: ${messageOf(first.error) ?? ''}`,
      autoClose: 8_000,
    })
}
