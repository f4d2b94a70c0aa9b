import { notifications } from '@mantine/notifications'
import { ApiError } from '@capstan/contract/client'
import { i18n } from '../i18n/i18n.ts'

/** What an error says to people, with the id for support; null for no error. */
export function messageOf(error: unknown): string | null {
  if (!error) return null
  if (error instanceof ApiError) return error.problem.detail
  return i18n.t('common.error.offline')
}

/** Tells that an action failed, and what to give support. */
export function tellError(error: unknown): void {
  const id = error instanceof ApiError && error.problem.requestId ? ` ${i18n.t('common.error.id', { id: error.problem.requestId })}` : ''
  notifications.show({ color: 'red', title: i18n.t('common.error.action'), message: `${messageOf(error) ?? ''}${id}`, autoClose: 8_000 })
}
