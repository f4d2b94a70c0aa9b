import { expect, test } from 'vitest'
import { auditLogContract } from '../../services/audit/ports/audit-log.contract.ts'
import { statement } from '../sql/database.ts'
import { SqliteAuditLog } from './audit-log.ts'
import { openTestDatabase } from './testing.ts'

auditLogContract('sqlite', async () => new SqliteAuditLog(await openTestDatabase()))

test('an audit entry cannot be changed, not even by a statement', async () => {
  const database = await openTestDatabase()
  const log = new SqliteAuditLog(database)
  const subject = { kind: 'asset', id: 'a', number: null, name: null }
  await log.append([
    {
      accountId: 1,
      id: 'x',
      atMs: 1,
      actor: { kind: 'user', id: 'u', name: 'u' },
      action: 'a.b',
      outcome: 'done',
      subject,
      before: null,
      after: null,
      requestId: null,
      address: null,
    },
  ])
  const change = database.write(function* () {
    yield statement("update audit_entry set action = 'nothing'")
  })
  await expect(change).rejects.toThrow(/never changed/)
})
