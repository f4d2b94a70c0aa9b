import { z } from 'zod'

/** What a role may allow. Rights are separate on purpose: who may see a film may not be allowed to download it. */
export const RIGHTS = [
  'see',
  'play_proxy',
  'download_proxy',
  'download_original',
  'ingest',
  'edit',
  'export',
  'publish',
  'operate',
  'administer',
] as const

export const Right = z.enum(RIGHTS)
export type Right = z.infer<typeof Right>

/** Who may call a route: anybody, anybody who is signed in, or who holds the right. */
export type Permission = Right | 'public' | 'signed_in'
