import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { SqliteDatabase } from '../../src/adapters/sqlite/database.ts'
import { all, statement } from '../../src/adapters/sql/database.ts'

const CHILD = join(import.meta.dirname, 'crash-child.ts')

/** Runs the child to its end; answers its exit code, or the signal that ended it. */
const runChild = (...args: string[]): Promise<number | string | null> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })

/** Where it dies, and from which attempt on. */
const DEATHS = [
  ['before-commit', 0],
  ['before-commit', 5],
  ['after-commit', 0],
  ['after-commit', 6],
  ['after-run-start', 0],
  ['after-enqueue', 1],
  ['after-enqueue', 6],
  ['after-lease', 2],
  ['before-complete', 6],
  ['before-job-commit', 2],
  ['after-complete', 3],
  ['after-run-commit', 6],
] as const

test.each(DEATHS)('a kill at %s (from attempt %i on) loses nothing and does nothing twice', async (point, pass) => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-crash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  expect(await runChild(folder, point, String(pass))).toBe('SIGKILL')
  expect(await runChild(folder, '-')).toBe(0)

  const database = new SqliteDatabase(join(folder, 'engine.db'))
  const rows = <R>(sql: string) => database.read(() => all<R>(statement(sql)))
  expect(await rows('select workflow, status, count(*) as n from workflows_run group by workflow, status order by workflow')).toEqual([
    { workflow: 'forked', status: 'completed', n: 3 },
    { workflow: 'inner', status: 'completed', n: 3 },
  ])
  expect(await rows('select kind, state, count(*) as n from jobs_job group by kind, state order by kind')).toEqual(
    ['a', 'b', 'c', 'd'].map((kind) => ({ kind, state: 'completed', n: 3 })),
  )
  expect(
    await rows(
      `select name, count(*) as n from events_history where name in ('run.completed', 'job.completed', 'job.created') group by name order by name`,
    ),
  ).toEqual([
    { name: 'job.completed', n: 12 },
    { name: 'job.created', n: 12 },
    { name: 'run.completed', n: 6 },
  ])
  expect(await rows('select * from workflows_command')).toEqual([])
  expect(await rows('select * from jobs_outbox union all select * from workflows_outbox')).toEqual([])
  await database.close()
  // A step may begin again after a crash, always under the key of its effect.
  const effects = readFileSync(join(folder, 'effects'), 'utf8').trim().split('\n')
  expect(new Set(effects).size).toBe(12)
  expect(readdirSync(join(folder, 'tmp', 'jobs-test'))).toEqual([])
})
