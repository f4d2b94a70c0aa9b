import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { startLive } from '../../../lib/live/live.ts'
import { CommandPalette } from './CommandPalette.tsx'
import { GlobalKeys } from './GlobalKeys.tsx'
import { Rail } from './Rail.tsx'
import { StatusLine } from './StatusLine.tsx'
import './shell.css'

/** Rail, page, status line: the same on every screen. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  useEffect(() => startLive(), [])
  return (
    <div className="frame">
      <a className="skip" href="#page">
        {t('shell.skip')}
      </a>
      <Rail />
      <main id="page" className="frame-page" tabIndex={-1}>
        {children}
      </main>
      <StatusLine />
      <CommandPalette />
      <GlobalKeys />
    </div>
  )
}
