import { Tooltip, useMantineColorScheme } from '@mantine/core'
import { Moon, Sun } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** Dark or light; kept in this browser. */
export function useTheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const dark = colorScheme !== 'light'
  return { dark, toggle: () => setColorScheme(dark ? 'light' : 'dark') }
}

export function ThemeSwitch({ className }: { className: string }) {
  const { t } = useTranslation()
  const { dark, toggle } = useTheme()
  const label = dark ? t('shell.toLight') : t('shell.toDark')
  return (
    <Tooltip label={label} position="right">
      <button className={className} aria-label={label} onClick={toggle}>
        {dark ? <Sun size={18} strokeWidth={1.6} /> : <Moon size={18} strokeWidth={1.6} />}
      </button>
    </Tooltip>
  )
}
