import { Menu, Tooltip } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { CircleUser, Inbox, LayoutGrid, ListChecks, LogOut, Settings, UserCog, Workflow, type LucideIcon } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ThemeSwitch } from '../../../components/ThemeSwitch.tsx'
import { useRight, useSession, useSignOut } from '../../../lib/session.ts'

/** Where one can go, two clicks from anywhere. */
export function Rail() {
  const { t } = useTranslation()
  const administers = useRight('administer')
  return (
    <nav className="rail" aria-label={t('shell.rail')}>
      <RailLink to="/assets" icon={LayoutGrid} label={t('shell.library')} />
      <RailLink to="/arrivals" icon={Inbox} label={t('shell.arrivals')} />
      <RailLink to="/workflows" icon={Workflow} label={t('shell.workflows')} />
      <RailLink to="/jobs" icon={ListChecks} label={t('shell.jobs')} />
      <span className="rail-grow" />
      <ThemeSwitch className="rail-item rail-theme" />
      {administers && <RailLink to="/admin" icon={Settings} label={t('shell.administration')} />}
      <You />
    </nav>
  )
}

function RailLink({
  to,
  icon: Icon,
  label,
}: {
  to: '/assets' | '/arrivals' | '/workflows' | '/jobs' | '/admin'
  icon: LucideIcon
  label: string
}) {
  return (
    <Tooltip label={label} position="right">
      <Link to={to} className="rail-item" activeProps={{ className: 'on' }} activeOptions={{ includeSearch: false }} aria-label={label}>
        <Icon size={18} strokeWidth={1.6} />
      </Link>
    </Tooltip>
  )
}

function You() {
  const { t } = useTranslation()
  const session = useSession()
  const signOut = useSignOut()
  const navigate = useNavigate()
  return (
    <Menu position="right-end" width={220}>
      <Menu.Target>
        <button className="rail-item" aria-label={t('shell.account')}>
          <CircleUser size={18} strokeWidth={1.6} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session?.user.displayName}</Menu.Label>
        <Menu.Item leftSection={<UserCog size={15} />} onClick={() => void navigate({ to: '/account' })}>
          {t('admin.account.title')}
        </Menu.Item>
        <Menu.Item
          leftSection={<LogOut size={15} />}
          onClick={() => signOut.mutate(undefined, { onSettled: () => void navigate({ to: '/sign-in' }) })}
        >
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
