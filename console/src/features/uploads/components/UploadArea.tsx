import { useEffect, useRef, useState, type ReactNode } from 'react'
import { notifications } from '@mantine/notifications'
import { Upload } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { droppedFiles, pickedFiles } from '../../../lib/dropped-files.ts'
import { registerFilePicker } from '../../../lib/file-picker.ts'
import { useKeys } from '../../../lib/keys.ts'
import { useRight } from '../../../lib/session.ts'
import { addUploads, isUploading } from '../api/uploads.ts'
import { UploadTray } from './UploadTray.tsx'
import './uploads.css'

/** Files and folders can be dropped anywhere; the tray shows them on every page. */
export function UploadArea({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const ingests = useRight('ingest')
  const input = useRef<HTMLInputElement>(null)
  const isOver = useDrop(ingests)
  useEffect(() => registerFilePicker(() => input.current?.click()), [])
  useKeys({ 'shift+u': () => input.current?.click() }, ingests)
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (isUploading()) event.preventDefault()
    }
    window.addEventListener('beforeunload', onLeave)
    return () => window.removeEventListener('beforeunload', onLeave)
  }, [])
  return (
    <>
      {children}
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          if (event.currentTarget.files) addUploads(pickedFiles(event.currentTarget.files))
          event.currentTarget.value = ''
        }}
      />
      {isOver && (
        <div className="drop" aria-hidden>
          <div>
            <Upload size={36} strokeWidth={1.4} />
            <b>{t('arrivals.drop')}</b>
            <span>{t('arrivals.dropHint')}</span>
          </div>
        </div>
      )}
      <UploadTray />
    </>
  )
}

/** Watches the whole window for dragged files; true while some hang over it. */
function useDrop(ingests: boolean): boolean {
  const { t } = useTranslation()
  const [depth, setDepth] = useState(0)
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
    const onEnter = (event: DragEvent) => hasFiles(event) && setDepth((now) => now + 1)
    const onLeave = (event: DragEvent) => hasFiles(event) && setDepth((now) => Math.max(0, now - 1))
    const onOver = (event: DragEvent) => hasFiles(event) && event.preventDefault()
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event) || !event.dataTransfer) return
      event.preventDefault()
      setDepth(0)
      if (ingests) void droppedFiles(event.dataTransfer).then(addUploads)
      else notifications.show({ color: 'red', message: t('arrivals.noRight') })
    }
    const abort = new AbortController()
    window.addEventListener('dragenter', onEnter, abort)
    window.addEventListener('dragleave', onLeave, abort)
    window.addEventListener('dragover', onOver, abort)
    window.addEventListener('drop', onDrop, abort)
    return () => abort.abort()
  }, [ingests, t])
  return depth > 0 && ingests
}
