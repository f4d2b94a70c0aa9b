import { join } from 'node:path'
import { isoTime } from '../../lib/clock.ts'
import { CapstanError } from '../../lib/errors.ts'
import { pendingMigrations, readMigrations, splitStatements, type AppliedMigration, type Migration } from '../sql/migrate.ts'
import type { MariadbDatabase } from './database.ts'

const FOLDER = join(import.meta.dirname, 'migrations')
/** Of this database; locks are the server's. */
const LOCK = `concat('capstan/', sha1(database()))`
const LOCK_WAIT_S = 60

const LEDGER = `create table if not exists schema_migration (
  service varchar(100) not null, number int not null, name varchar(200) not null, checksum char(64) not null, applied_at varchar(40) not null,
  primary key (service, number)) collate utf8mb4_nopad_bin`

/**
 * Brings the database to this release's schema; one process at a time, the others wait up to a minute. MariaDB commits each change of a table at once:
 * a migration that broke off half way is named in the error and must be put right by hand or from a backup. Answers how many ran.
 */
export async function migrateMariadb(database: MariadbDatabase, { nowMs }: { nowMs: number }): Promise<number> {
  const known = readMigrations(FOLDER)
  return database.withConnection(async (execute) => {
    const { rows } = await execute(`select get_lock(${LOCK}, ?) as locked`, [LOCK_WAIT_S])
    if (rows[0]?.locked !== 1)
      throw new CapstanError('unavailable', 'another process is migrating the database and takes long: start again later')
    try {
      await execute(LEDGER)
      const applied = (await execute('select service, number, checksum from schema_migration')).rows as AppliedMigration[]
      const pending = pendingMigrations(known, applied)
      for (const migration of pending) await apply(migration)
      return pending.length
    } finally {
      await execute(`select release_lock(${LOCK})`)
    }

    async function apply({ service, number, name, sql, checksum }: Migration): Promise<void> {
      for (const part of splitStatements(sql)) {
        await execute(`set statement max_statement_time = 0 for ${part}`).catch((error: unknown) => {
          throw new CapstanError(
            'internal',
            `migration ${service}/${name} broke off: ${error instanceof Error ? error.message : String(error)}`,
            { cause: error },
          )
        })
      }
      await execute('insert into schema_migration (service, number, name, checksum, applied_at) values (?, ?, ?, ?, ?)', [
        service,
        number,
        name,
        checksum,
        isoTime(nowMs),
      ])
    }
  })
}
