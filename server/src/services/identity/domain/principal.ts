import { CapstanError } from '../../../lib/errors.ts'
import type { Actor } from '@capstan/contract/events'
import type { Right } from '@capstan/contract/rights'

/** Who acts, for which account, and what they may do. Every use case takes one. */
export type Principal = Readonly<{
  kind: Actor['kind']
  accountId: number
  /** The user's id, or the name of the part of the platform that acts. */
  id: string
  name: string
  rights: ReadonlySet<Right>
  requestId: string | null
  /** The network address a person came from, for the audit. */
  address: string | null
}>

export function authorise(by: Principal, right: Right): void {
  if (by.rights.has(right)) return
  throw new CapstanError('forbidden', `${by.name} may not do this: it needs the right "${right}". An administrator can give it in a role`, {
    details: { right },
  })
}

/** Whether server paths are shown: where something lies is for those who look after it. */
export const seesPlaces = ({ rights }: Pick<Principal, 'rights'>): boolean => rights.has('operate') || rights.has('administer')

export const actorOf = (by: Principal): Actor => ({ kind: by.kind, id: by.id, name: by.name })

/** The platform itself at work; it holds every right and is named in what it does. */
export const systemPrincipal = (accountId: number, name: string, rights: readonly Right[]): Principal => ({
  kind: 'system',
  accountId,
  id: name,
  name,
  rights: new Set(rights),
  requestId: null,
  address: null,
})
