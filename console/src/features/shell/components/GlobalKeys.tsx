import { Modal } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useKeys } from '../../../lib/keys.ts'
import { useStore } from '../../../lib/store.ts'
import { overlay } from '../api/overlay.ts'

/** Keys that work on every page, and the sheet that lists all of them. */
export function GlobalKeys() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const open = useStore(overlay, (value) => value === 'keys')
  useKeys({
    'mod+k': () => overlay.set('palette'),
    '?': () => overlay.set('keys'),
    'alt+1': () => void navigate({ to: '/assets' }),
    'alt+2': () => void navigate({ to: '/arrivals' }),
    'alt+3': () => void navigate({ to: '/workflows' }),
    'alt+4': () => void navigate({ to: '/jobs' }),
  })
  return (
    <Modal opened={open} onClose={() => overlay.set(null)} title={t('shell.sheet.title')} size={920}>
      <KeySheet />
    </Modal>
  )
}

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'ctrl'

function KeySheet() {
  const { t } = useTranslation()
  const groups: [string, [string, string[]][]][] = [
    [
      t('shell.sheet.everywhere'),
      [
        [t('shell.sheet.any'), [MOD, 'K']],
        [t('shell.sheet.help'), ['?']],
        [t('shell.sheet.search'), ['/']],
        [t('shell.sheet.go'), ['alt', '1–4']],
        [t('shell.sheet.back'), ['esc']],
      ],
    ],
    [
      t('shell.sheet.library'),
      [
        [t('shell.sheet.move'), ['J', 'K', '←', '→', '↑', '↓']],
        [t('shell.sheet.play'), ['space']],
        [t('shell.sheet.open'), ['enter']],
        [t('shell.sheet.select'), ['X']],
        [t('shell.sheet.selectAll'), [MOD, 'A']],
        [t('shell.sheet.edit'), ['E']],
        [t('shell.sheet.bin'), ['del']],
        [t('shell.sheet.clear'), ['esc']],
      ],
    ],
    [
      t('shell.sheet.player'),
      [
        [t('shell.sheet.playPause'), ['space']],
        [t('shell.sheet.shuttle'), ['J', 'K', 'L']],
        [t('shell.sheet.creep'), ['K', 'J', 'L']],
        [t('shell.sheet.frame'), ['←', '→']],
        [t('shell.sheet.ten'), ['shift', '←', '→']],
        [t('shell.sheet.ends'), ['home', 'end']],
        [t('shell.sheet.inOut'), ['I', 'O']],
        [t('shell.sheet.goInOut'), ['shift', 'I', 'O']],
        [t('shell.sheet.clearInOut'), ['alt', 'X']],
        [t('shell.sheet.saveClip'), ['S']],
        [t('shell.sheet.timecode'), ['G']],
        [t('shell.sheet.mark'), ['M']],
        [t('shell.sheet.marks'), ['[', ']']],
        [t('shell.sheet.captions'), ['C']],
        [t('shell.sheet.mute'), ['U']],
        [t('shell.sheet.full'), ['F']],
        [t('shell.sheet.safe'), ['A']],
        [t('shell.sheet.still'), ['P']],
      ],
    ],
  ]
  return (
    <div className="sheet">
      {groups.map(([title, rows]) => (
        <section key={title}>
          <h3 className="label">{title}</h3>
          <ul>
            {rows.map(([what, keys]) => (
              <li key={what}>
                <span className="dim">{what}</span>
                <span>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
