import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { sessions, users, type SignedIn } from '@capstan/contract/identity'
import type { Right } from '@capstan/contract/rights'
import { call, setCsrfToken } from './api.ts'
import { queryClient } from './query-client.ts'

/** The session of this browser; rejects with a 401 when there is none. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SignedIn> => {
    const signedIn = await call(sessions.current, { signal })
    setCsrfToken(signedIn.csrfToken)
    return signedIn
  },
  staleTime: 5 * 60_000,
  retry: false,
})

export function useSession(): SignedIn | undefined {
  return useQuery({ ...sessionQuery, enabled: false }).data
}

/** True when the person at the screen holds the right. */
export function useRight(right: Right): boolean {
  return useSession()?.user.rights.includes(right) ?? false
}

export type Credentials = { name: string; password: string; code?: string }

export const useSignIn = () =>
  useMutation({
    mutationFn: (credentials: Credentials) => call(sessions.create, { body: credentials }),
    onSuccess: (signedIn) => {
      queryClient.clear()
      setCsrfToken(signedIn.csrfToken)
      queryClient.setQueryData(sessionQuery.queryKey, signedIn)
    },
  })

export const useSignOut = () =>
  useMutation({
    mutationFn: () => call(sessions.remove, { params: { id: 'current' } }),
    onSettled: () => {
      setCsrfToken('')
      queryClient.clear()
    },
  })

export const useEnrolTotp = () =>
  useMutation({ mutationFn: (currentPassword: string) => call(users.enrolTotp, { body: { currentPassword } }) })

export const useConfirmTotp = () => useMutation({ mutationFn: (code: string) => call(users.confirmTotp, { body: { code } }) })

export const useChangePassword = () =>
  useMutation({ mutationFn: (body: { currentPassword: string; newPassword: string }) => call(users.changePassword, { body }) })
