import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { tellError } from '../../../components/problem.ts'
import { agentName } from '../../../lib/agent.ts'
import { Ago } from '../../../components/Time.tsx'
import { useEndSession, useSessions } from '../api/admin.ts'
import { Listing } from './Listing.tsx'

/** Who is signed in where; each can be ended. */
export function Sessions({ everybody }: { everybody: boolean }) {
  const { t } = useTranslation()
  const sessions = useSessions(everybody)
  const end = useEndSession()
  return (
    <Listing
      query={sessions}
      head={[
        t('admin.sessions.user'),
        t('admin.sessions.agent'),
        t('admin.sessions.address'),
        t('admin.sessions.seen'),
        t('admin.sessions.expires'),
        '',
      ]}
      row={(session) => (
        <tr key={session.id}>
          <td>
            {session.userName} {session.current && <span className="tag">{t('admin.sessions.here')}</span>}
          </td>
          <td className="dim cut" style={{ maxWidth: 300 }} title={session.userAgent}>
            {agentName(session.userAgent)}
          </td>
          <td className="mono dim">{session.address}</td>
          <td className="dim">
            <Ago at={session.lastSeenAt} />
          </td>
          <td className="dim">
            <Ago at={session.expiresAt} />
          </td>
          <td style={{ textAlign: 'right' }}>
            {!session.current && (
              <button
                className="btn small"
                onClick={() =>
                  end.mutate(session.id, {
                    onError: tellError,
                    onSuccess: () => notifications.show({ message: t('admin.sessions.ended') }),
                  })
                }
              >
                {t('admin.sessions.end')}
              </button>
            )}
          </td>
        </tr>
      )}
    />
  )
}
