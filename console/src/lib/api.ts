import { createClient } from '@capstan/contract/client'

let csrfToken = ''

/** The token that goes back with every change made with the session cookie. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

export const csrfHeaders = (): Record<string, string> => (csrfToken ? { 'x-csrf-token': csrfToken } : {})

/** The one client through which the console speaks to the platform. */
export const call = createClient({ baseUrl: '', headers: csrfHeaders })
