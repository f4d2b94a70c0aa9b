import { RIGHTS, type Right } from '@capstan/contract/rights'

export type Role = Readonly<{
  accountId: number
  id: string
  name: string
  description: string
  rights: readonly Right[]
  /** Comes with the platform; follows its releases and cannot be changed by hand. */
  builtIn: boolean
  revision: number
}>

export const ADMINISTRATOR_ROLE = 'administrator'

export type BuiltInRole = Readonly<{ name: string; description: string; rights: readonly Right[] }>

export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  { name: ADMINISTRATOR_ROLE, description: 'May do everything', rights: RIGHTS },
  { name: 'librarian', description: 'Describes what is there', rights: ['see', 'play_proxy', 'download_proxy', 'ingest', 'edit'] },
  {
    name: 'editor',
    description: 'Cuts: takes originals out and brings results in',
    rights: ['see', 'play_proxy', 'download_proxy', 'download_original', 'ingest', 'edit', 'export'],
  },
  { name: 'ingest operator', description: 'Brings material in', rights: ['see', 'play_proxy', 'ingest', 'edit'] },
  { name: 'reviewer', description: 'Looks and plays, takes nothing away', rights: ['see', 'play_proxy'] },
  { name: 'publisher', description: 'Sends finished material out', rights: ['see', 'play_proxy', 'download_proxy', 'export', 'publish'] },
  { name: 'operator', description: 'Watches jobs and storage, retries and cancels', rights: ['see', 'play_proxy', 'operate'] },
  {
    name: 'developer',
    description: 'Builds workflows and integrations',
    rights: ['see', 'play_proxy', 'download_proxy', 'ingest', 'edit', 'export', 'publish', 'operate'],
  },
]

/** The rights in the order of the contract, each once. */
export const rightsOf = (roles: readonly Pick<Role, 'rights'>[]): Right[] =>
  RIGHTS.filter((right) => roles.some((role) => role.rights.includes(right)))

/** What an event tells about a role. */
export const roleFacts = (role: Role): Record<string, unknown> => ({ name: role.name, description: role.description, rights: role.rights })
