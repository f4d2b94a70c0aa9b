import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'

export type Migration = { service: string; number: number; name: string; sql: string; checksum: string }
export type AppliedMigration = { service: string; number: number; checksum: string }

/** Reads `<folder>/<service>/NNNN_what.sql`, ordered by service and number. */
export function readMigrations(folder: string): Migration[] {
  const services = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return services
    .flatMap(({ name: service }) => readServiceMigrations(service, join(folder, service)))
    .sort((a, b) => a.service.localeCompare(b.service) || a.number - b.number)
}

function readServiceMigrations(service: string, folder: string): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8')
      return { service, number: Number(file.slice(0, 4)), name: file, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

/**
 * What is still to run. Forward only: throws `conflict` when an applied migration was changed since, and `unsupported` when the database knows
 * migrations that this program does not (a newer release wrote it).
 */
export function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const key = (migration: { service: string; number: number }) => `${migration.service}/${migration.number}`
  const knownByKey = new Map(known.map((migration) => [key(migration), migration]))
  for (const done of applied) {
    const migration = knownByKey.get(key(done))
    if (!migration)
      throw new CapstanError(
        'unsupported',
        `the database was written by a newer release of Capstan (migration ${key(done)}): start that release, or restore a backup`,
      )
    if (migration.checksum !== done.checksum)
      throw new CapstanError(
        'conflict',
        `migration ${migration.name} of ${done.service} was changed after it ran: restore the original file`,
      )
  }
  const appliedKeys = new Set(applied.map(key))
  return known.filter((migration) => !appliedKeys.has(key(migration)))
}

/** Statements end with a semicolon at the end of a line; our migrations have no other semicolons there. */
export const splitStatements = (sql: string): string[] =>
  sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((part) => part.replace(/^\s*--.*$/gm, '').trim())
    .filter((part) => part.length > 0)
