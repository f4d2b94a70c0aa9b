import type { QuotaSettings, QuotaView } from '@capstan/contract/quotas'
import { isoTime } from '../../../lib/clock.ts'

export type Quota = Readonly<QuotaSettings & { id: string; accountId: number; revision: number; createdAtMs: number }>

export const toQuotaView = ({ accountId: _, createdAtMs, ...quota }: Quota): QuotaView => ({ ...quota, createdAt: isoTime(createdAtMs) })
