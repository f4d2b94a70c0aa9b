import { Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Audit } from './Audit.tsx'
import { HotFolders } from './HotFolders.tsx'
import { Quotas } from './Quotas.tsx'
import { Roles } from './Roles.tsx'
import { Sessions } from './Sessions.tsx'
import { Storages } from './Storages.tsx'
import { Tokens } from './Tokens.tsx'
import { Users } from './Users.tsx'
import './admin.css'

export const ADMIN_TABS = ['users', 'roles', 'tokens', 'sessions', 'hot-folders', 'quotas', 'storages', 'audit'] as const
export type AdminTab = (typeof ADMIN_TABS)[number]

/** People, rights, folders, quotas, room and who did what. */
export function AdminView({ tab, onTab }: { tab: AdminTab; onTab: (tab: AdminTab) => void }) {
  const { t } = useTranslation()
  return (
    <div className="page">
      <header className="page-bar">
        <h1>{t('admin.title')}</h1>
      </header>
      <div className="admin">
        <Tabs value={tab} onChange={(value) => onTab((value as AdminTab | null) ?? 'users')}>
          <Tabs.List px={4} style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
            {ADMIN_TABS.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`admin.tabs.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
        <div className="admin-body" tabIndex={0} role="region" aria-label={t(`admin.tabs.${tab}`)}>
          {tab === 'users' && <Users />}
          {tab === 'roles' && <Roles />}
          {tab === 'tokens' && <Tokens everybody />}
          {tab === 'sessions' && <Sessions everybody />}
          {tab === 'hot-folders' && <HotFolders />}
          {tab === 'quotas' && <Quotas />}
          {tab === 'storages' && <Storages />}
          {tab === 'audit' && <Audit />}
        </div>
      </div>
    </div>
  )
}
