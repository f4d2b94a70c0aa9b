import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from '@capstan/contract/client'

let onSignedOut = () => {}

/** Names what happens when the platform says that the session is over. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

/** The session is over, here or in another tab. */
export const signedOut = (): void => onSignedOut()

function notice(error: unknown): void {
  if (error instanceof ApiError && error.status === 401 && error.problem.details?.['reason'] !== 'totp_required') signedOut()
}

/** `networkMode: always`: the platform may run on this very machine, which can be offline and still answer. */
export const queryClient = new QueryClient({
  // Asking for the session is how a page learns that there is none: no news.
  queryCache: new QueryCache({ onError: (error, { queryKey }) => (queryKey[0] === 'session' ? undefined : notice(error)) }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 30_000,
      gcTime: 30 * 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
      retryDelay: (count) => 400 * 2 ** count,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
