import { afterAll, describe } from 'vitest'
import { auditLogContract } from '../../services/audit/ports/audit-log.contract.ts'
import { MongodbAuditLog } from './audit-log.ts'
import { mongodbForTests } from './testing.ts'

const mongodb = await mongodbForTests()
afterAll(() => mongodb?.stop())

describe.skipIf(mongodb === null)('on a MongoDB', () => {
  auditLogContract('mongodb', async () => MongodbAuditLog.open(await mongodb!.open()))
})
