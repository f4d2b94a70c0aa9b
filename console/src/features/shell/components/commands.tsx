import { useNavigate } from '@tanstack/react-router'
import {
  CircleUser,
  Hash,
  Inbox,
  Keyboard,
  LayoutGrid,
  ListChecks,
  Moon,
  PlaySquare,
  Search,
  Settings,
  Sun,
  Trash2,
  TriangleAlert,
  Upload,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useTheme } from '../../../components/ThemeSwitch.tsx'
import { useRight } from '../../../lib/session.ts'
import { openFilePicker } from '../../../lib/file-picker.ts'
import { overlay } from '../api/overlay.ts'

export type Command = { label: string; icon: LucideIcon; keys?: string; run: () => void }

/** What fits the text, best first; the library search is always the last. */
export function useCommands(text: string): Command[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { dark, toggle } = useTheme()
  const ingests = useRight('ingest')
  const administers = useRight('administer')
  const all: Command[] = [
    { label: t('shell.library'), icon: LayoutGrid, keys: 'alt 1', run: () => void navigate({ to: '/assets' }) },
    { label: t('shell.arrivals'), icon: Inbox, keys: 'alt 2', run: () => void navigate({ to: '/arrivals' }) },
    { label: t('shell.workflows'), icon: Workflow, keys: 'alt 3', run: () => void navigate({ to: '/workflows' }) },
    { label: t('workflows.runs'), icon: PlaySquare, run: () => void navigate({ to: '/runs' }) },
    { label: t('shell.jobs'), icon: ListChecks, keys: 'alt 4', run: () => void navigate({ to: '/jobs' }) },
    {
      label: t('jobs.failedJobs'),
      icon: TriangleAlert,
      run: () => void navigate({ to: '/jobs', search: { filter: 'state:failed,timed_out,in_doubt' } }),
    },
    ...(ingests ? [{ label: t('arrivals.upload'), icon: Upload, keys: 'shift U', run: () => openFilePicker() }] : []),
    { label: t('library.bin'), icon: Trash2, run: () => void navigate({ to: '/assets', search: { bin: true } }) },
    { label: dark ? t('shell.toLight') : t('shell.toDark'), icon: dark ? Sun : Moon, run: toggle },
    ...(administers ? [{ label: t('shell.administration'), icon: Settings, run: () => void navigate({ to: '/admin' }) }] : []),
    { label: t('admin.account.title'), icon: CircleUser, run: () => void navigate({ to: '/account' }) },
    { label: t('shell.keys'), icon: Keyboard, keys: '?', run: () => setTimeout(() => overlay.set('keys')) },
  ]
  const wanted = text.trim().toLowerCase()
  if (!wanted) return all
  const number = /^#?(\d+)$/.exec(wanted)?.[1]
  return [
    ...(number
      ? [
          {
            label: t('shell.palette.openNumber', { number }),
            icon: Hash,
            run: () => void navigate({ to: '/assets/$number', params: { number } }),
          },
        ]
      : []),
    ...all.filter(({ label }) => fits(label.toLowerCase(), wanted)),
    {
      label: t('shell.palette.search', { text: text.trim() }),
      icon: Search,
      run: () => void navigate({ to: '/assets', search: { q: text.trim() } }),
    },
  ]
}

/** Letters in order, as in most palettes: `arr` and `avl` both fit `arrivals`. */
function fits(label: string, wanted: string): boolean {
  let from = 0
  for (const letter of wanted) {
    from = label.indexOf(letter, from) + 1
    if (from === 0) return false
  }
  return true
}
