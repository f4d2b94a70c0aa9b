import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { SqlJobList, SqlJobLog } from '../../src/adapters/sql/job-list.ts'
import { SqlJobQueue } from '../../src/adapters/sql/job-queue.ts'
import type { SqliteDatabase } from '../../src/adapters/sqlite/database.ts'
import { openTestDatabase } from '../../src/adapters/sqlite/testing.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Executor, ExecutorDefinition, NewJob } from '../../src/services/jobs/api.ts'
import { leaseJobs } from '../../src/services/jobs/use-cases/lease-jobs.ts'
import { createJobs, type JobsOptions } from '../../src/services/jobs/index.ts'
import { cancelJob } from '../../src/services/jobs/use-cases/cancel-job.ts'
import { OPERATOR } from './open-engine.ts'

let database: SqliteDatabase
let folder: string
beforeEach(async () => {
  database = await openTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'capstan-worker-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const job = (key: string, change: Partial<NewJob> = {}): NewJob => ({
  accountId: 1,
  key,
  kind: 'work',
  input: {},
  priority: 50,
  attemptsMax: 2,
  retryDelayMs: 1,
  retryFactor: 1,
  timeoutMs: 60_000,
  runId: null,
  nodeId: null,
  workflow: null,
  asset: null,
  readyAtMs: null,
  ...change,
})

function open(execute: Executor, change: Partial<JobsOptions> & Partial<Pick<ExecutorDefinition, 'repeat' | 'lock'>> = {}) {
  const queue = new SqlJobQueue(database, systemClock)
  const list = new SqlJobList(database)
  const log = new SqlJobLog(database)
  const { repeat = 'idempotent', lock = () => null } = change
  const executors: ExecutorDefinition[] = [{ kind: 'work', pool: 'light', repeat, lock, execute }]
  const jobs = createJobs({
    queue,
    list,
    log,
    clock: systemClock,
    executors,
    pools: { light: 2, io: 1, encode: 1 },
    tmpDir: folder,
    workerName: 'test',
    ...change,
  })
  const find = async (key: string) =>
    (await list.list(1, { filter: {}, sort: 'number', limit: 200, cursor: null })).items.find((one) => one.key === key)
  const until = async (key: string, state: string) => {
    await expect.poll(async () => (await find(key))?.state, { timeout: 10_000, interval: 5 }).toBe(state)
    return (await find(key))!
  }
  const changeDeps = { queue, list, clock: systemClock, wake: jobs.wake, recheck: () => {} }
  return { jobs, queue, list, log, find, until, changeDeps }
}

/** Works until it is told to stop. */
const untilStopped: Executor = ({ signal, stagingDir }) =>
  new Promise((_, reject) => {
    expect(existsSync(stagingDir)).toBe(true)
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })

test('runs as many at once as its pool has slots, and all in the end', async () => {
  let [now, most] = [0, 0]
  const { jobs, until } = open(async () => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 5))
    now -= 1
    return {}
  })
  await jobs.start()
  await jobs.api.enqueue(Array.from({ length: 9 }, (_, index) => job(`k${index}`)))
  for (let index = 0; index < 9; index += 1) await until(`k${index}`, 'completed')
  expect(most).toBe(2)
  await jobs.stop(0)
})

test('a job that was cancelled keeps others out of its lock until it has stopped', async () => {
  const steps: string[] = []
  const act: Executor = async ({ job: { key }, signal }) => {
    steps.push(`${key} begins`)
    await new Promise<void>((resolve) => (key === 'a' ? signal.addEventListener('abort', () => setTimeout(resolve, 300)) : resolve()))
    steps.push(`${key} ends`)
    return {}
  }
  const { jobs, until, find, changeDeps } = open(act, { lock: () => 'the same', leaseMs: 600 })
  await jobs.start()
  await jobs.api.enqueue([job('a'), job('b')])
  await until('a', 'running')
  expect((await until('b', 'waiting_for_lock')).why).toContain(`job ${(await find('a'))!.number}`)
  await cancelJob(changeDeps)(OPERATOR, (await find('a'))!.id)
  await until('b', 'running')
  await until('b', 'completed')
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(jobs.endedCounts()).toEqual([{ kind: 'work', state: 'completed', count: 1 }])
  await jobs.stop(0)
})

test('a job that is cancelled while another still leaves its lock never begins', async () => {
  const begun: string[] = []
  const left = Promise.withResolvers<null>()
  const act: Executor = async ({ job: { key } }) => {
    begun.push(key)
    if (key === 'a') await left.promise
    return {}
  }
  const { jobs, until, find, changeDeps } = open(act, { lock: () => 'the same', leaseMs: 300 })
  const cancel = async (key: string) => cancelJob(changeDeps)(OPERATOR, (await find(key))!.id)
  await jobs.start()
  await jobs.api.enqueue([job('a'), job('b')])
  await until('b', 'waiting_for_lock')
  await cancel('a')
  await until('b', 'running')
  await cancel('b')
  // Both hear of it when their leases are renewed.
  await new Promise((resolve) => setTimeout(resolve, 400))
  left.resolve(null)
  await jobs.stop(0)
  expect(begun).toEqual(['a'])
})

test('a quota that is changed is followed at once', async () => {
  const quotas = [{ accountId: 1, scope: 'action', name: 'work', maxRunning: 0 } as const]
  const { jobs, until } = open(async () => ({}), { quotas: async () => quotas.splice(0, 1) })
  await jobs.start()
  await jobs.api.enqueue([job('a'), job('b')])
  await Promise.all(['a', 'b'].map((key) => until(key, 'pending')))
  await jobs.quotasChanged()
  await Promise.all(['a', 'b'].map((key) => until(key, 'completed')))
  await jobs.stop(0)
})

test('stops a job that takes too long, tries again, and then calls it timed out', async () => {
  const { jobs, until } = open(untilStopped)
  await jobs.start()
  await jobs.api.enqueue([job('slow', { timeoutMs: 30 })])
  const ended = await until('slow', 'timed_out')
  expect(ended).toMatchObject({
    attempt: 2,
    fault: { code: 'timeout', class: 'transient' },
    why: expect.stringContaining('took longer than its limit'),
  })
  await jobs.stop(0)
  expect(readdirSync(join(folder, 'jobs-test'))).toEqual([])
})

test('frees the slot of an executor that ignores its signal', async () => {
  const { jobs, until, log } = open(({ job: { key } }) => (key === 'deaf' ? new Promise(() => {}) : Promise.resolve({})), {
    pools: { light: 1, io: 1, encode: 1 },
    abortGraceMs: 20,
  })
  await jobs.start()
  await jobs.api.enqueue([job('deaf', { timeoutMs: 20, attemptsMax: 1, priority: 90 }), job('next')])
  const deaf = await until('deaf', 'timed_out')
  await until('next', 'completed')
  await jobs.stop(0)
  expect((await log.read(1, deaf.number, { limit: 10, cursor: null })).items.map(({ message }) => message)).toEqual([
    expect.stringContaining('took longer'),
  ])
})

test('stops a running job at once when it is cancelled, and records nothing of it', async () => {
  const { jobs, until } = open(untilStopped)
  await jobs.start()
  const runId = '0198a000-0000-7000-8000-000000000002'
  await jobs.api.enqueue([job('a', { runId })])
  await until('a', 'running')
  await jobs.api.cancelRun(1, runId)
  await expect.poll(() => readdirSync(join(folder, 'jobs-test')), { timeout: 5_000 }).toEqual([])
  expect(await until('a', 'cancelled')).toMatchObject({ output: null, lease: null })
  await jobs.stop(0)
})

test('notices at the next renewal when a lease was taken away elsewhere', async () => {
  const { jobs, until, changeDeps, find } = open(untilStopped, { leaseMs: 150 })
  await jobs.start()
  await jobs.api.enqueue([job('a')])
  await until('a', 'running')
  await cancelJob(changeDeps)(OPERATOR, (await find('a'))!.number)
  await expect.poll(() => readdirSync(join(folder, 'jobs-test')), { timeout: 5_000 }).toEqual([])
  await jobs.stop(0)
})

test('keeps a long job by renewing its lease, and saves its progress with it', async () => {
  const percents: number[] = []
  const { jobs, until, find } = open(
    async ({ progress }) => {
      for (let step = 1; step <= 40; step += 1) {
        progress(step / 40)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return { done: true }
    },
    { leaseMs: 200, onProgress: (_, percent) => percents.push(percent) },
  )
  await jobs.start()
  await jobs.api.enqueue([job('long')])
  await expect.poll(async () => (await find('long'))?.progress ?? 0, { timeout: 5_000 }).toBeGreaterThan(10)
  expect(await until('long', 'completed')).toMatchObject({ starts: 1, attempt: 1 })
  expect(percents.length).toBeGreaterThanOrEqual(1)
  expect(percents.length).toBeLessThanOrEqual(4)
  await jobs.stop(0)
})

test('hands back at a graceful stop what does not end in time, and the next worker does it', async () => {
  const first = open(untilStopped)
  await first.jobs.start()
  await first.jobs.api.enqueue([job('a')])
  await first.until('a', 'running')
  await first.jobs.stop(10)
  expect(await first.find('a')).toMatchObject({ state: 'queued', attempt: 0, starts: 1 })
  const second = open(async () => ({ by: 'second' }))
  await second.jobs.start()
  expect(await second.until('a', 'completed')).toMatchObject({ output: { by: 'second' }, attempt: 1, starts: 2 })
  await second.jobs.stop(0)
})

test('a step that must not be repeated is in doubt after its worker was lost', async () => {
  const lost = open(untilStopped, { repeat: 'neither' })
  await lost.jobs.api.enqueue([job('a')])
  // A former life of the same worker leased it and died.
  await leaseJobs({ queue: lost.queue, clock: systemClock, worker: 'test', leaseMs: 60_000 })(
    [{ pool: 'light', kinds: ['work'], limit: 1 }],
    [],
  )
  await lost.jobs.start()
  expect((await lost.until('a', 'in_doubt')).why).toContain('settle the job')
  await lost.jobs.stop(0)
})

test('logs the failure with its cause, and bounds what a talkative step says', async () => {
  const { jobs, until, log } = open(async ({ log: say }) => {
    for (let line = 0; line < 1_000; line += 1) say(`line ${line}`, { line })
    throw new Error('broke')
  })
  await jobs.start()
  await jobs.api.enqueue([job('a', { attemptsMax: 1 })])
  const { number } = await until('a', 'failed')
  await jobs.stop(0)
  const { items } = await log.read(1, number, { limit: 2_000, cursor: null })
  expect(items.length).toBeLessThanOrEqual(501)
  expect(items.at(-1)).toMatchObject({ level: 'error', message: 'broke' })
})
