import { useState, type SubmitEvent } from 'react'
import { Modal, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { HotFolderSettings, HotFolderView } from '@capstan/contract/resources'
import { FolderInput, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { messageOf, tellError } from '../../../components/problem.ts'
import { EmptyState } from '../../../components/States.tsx'
import { useHotFolders, useRemoveHotFolder, useSaveHotFolder, useWorkflowNames } from '../api/admin.ts'
import { Listing } from './Listing.tsx'

const TONES = { watching: 'ok', stopped: '', unreachable: 'bad' } as const
const NEW: HotFolderSettings = { name: '', path: '', workflow: 'ingest', quietSeconds: 10, enabled: true, duplicates: 'ingest' }

/** Folders that are watched: what is put there comes in by itself. */
export function HotFolders() {
  const { t } = useTranslation()
  const folders = useHotFolders()
  const remove = useRemoveHotFolder()
  const [edited, setEdited] = useState<HotFolderView | 'new' | null>(null)
  return (
    <>
      <Listing
        query={folders}
        action={
          <button className="btn primary" onClick={() => setEdited('new')}>
            <Plus size={15} /> {t('admin.hotFolders.add')}
          </button>
        }
        empty={<EmptyState icon={FolderInput} title={t('admin.hotFolders.empty')} hint={t('admin.hotFolders.emptyHint')} />}
        head={[t('admin.hotFolders.name'), t('admin.hotFolders.path'), t('admin.hotFolders.workflow'), t('admin.users.state'), '']}
        row={(folder) => (
          <tr key={folder.id}>
            <td>
              <b>{folder.name}</b>
            </td>
            <td className="mono dim">{folder.path}</td>
            <td className="dim">{folder.workflow}</td>
            <td>
              <span className="state">
                <span className={`dot ${TONES[folder.status]}`} />
                {t(`admin.hotFolders.status.${folder.status}`)}
              </span>{' '}
              <span className="dimmer">
                {folder.message ?? (folder.watching > 0 ? t('admin.hotFolders.inside', { count: folder.watching }) : '')}
              </span>
            </td>
            <td style={{ textAlign: 'right', whiteSpace: 'nowrap' }}>
              <button className="btn small" onClick={() => setEdited(folder)}>
                {t('common.change')}
              </button>{' '}
              <button
                className="btn small"
                onClick={() =>
                  remove.mutate(folder.id, {
                    onError: tellError,
                    onSuccess: () => notifications.show({ message: t('admin.hotFolders.removed') }),
                  })
                }
              >
                {t('admin.hotFolders.remove')}
              </button>
            </td>
          </tr>
        )}
      />
      <Modal
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === 'new' ? t('admin.hotFolders.add') : t('admin.hotFolders.edit', { name: edited?.name ?? '' })}
      >
        {edited && <FolderForm folder={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      </Modal>
    </>
  )
}

function FolderForm({ folder, onClose }: { folder: HotFolderView | null; onClose: () => void }) {
  const { t } = useTranslation()
  const [body, setBody] = useState<HotFolderSettings>(() =>
    folder
      ? {
          name: folder.name,
          path: folder.path ?? '',
          workflow: folder.workflow,
          quietSeconds: folder.quietSeconds,
          enabled: folder.enabled,
          duplicates: folder.duplicates,
        }
      : NEW,
  )
  const workflows = useWorkflowNames().data?.workflows ?? []
  const save = useSaveHotFolder()
  const set = (part: Partial<HotFolderSettings>) => setBody({ ...body, ...part })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate({ folder, body }, { onSuccess: onClose })
  }
  return (
    <form className="form" onSubmit={submit}>
      <TextInput
        label={t('admin.hotFolders.name')}
        value={body.name}
        onChange={(e) => set({ name: e.currentTarget.value })}
        data-autofocus
      />
      <TextInput
        label={t('admin.hotFolders.path')}
        description={t('admin.hotFolders.pathHint')}
        classNames={{ input: 'mono' }}
        value={body.path}
        onChange={(e) => set({ path: e.currentTarget.value })}
        error={messageOf(save.error)}
      />
      <Select
        label={t('admin.hotFolders.workflow')}
        value={body.workflow}
        data={[...new Set([body.workflow, ...workflows])]}
        onChange={(workflow) => workflow && set({ workflow })}
      />
      <NumberInput
        label={t('admin.hotFolders.quiet')}
        description={t('admin.hotFolders.quietHint')}
        value={body.quietSeconds}
        min={0.1}
        max={3600}
        onChange={(value) => set({ quietSeconds: Number(value) })}
      />
      <Select
        label={t('admin.hotFolders.duplicates')}
        value={body.duplicates}
        data={[
          { value: 'ingest', label: t('admin.hotFolders.ingest') },
          { value: 'refuse', label: t('admin.hotFolders.refuse') },
        ]}
        onChange={(value) => set({ duplicates: value === 'refuse' ? 'refuse' : 'ingest' })}
      />
      <Switch label={t('admin.hotFolders.enabled')} checked={body.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
      <div className="form-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t('common.cancel')}
        </button>
        <button className="btn primary" disabled={!body.name || !body.path || save.isPending}>
          {t('common.save')}
        </button>
      </div>
    </form>
  )
}
