import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CapstanError } from '../../../lib/errors.ts'
import {
  cancelled,
  completed,
  failed,
  handedBack,
  isEnded,
  leased,
  leaseExpired,
  newJob,
  paused,
  prioritised,
  resumed,
  retried,
  settled,
  type Job,
} from './job.ts'
import { sampleJob } from '../ports/job-queue.samples.ts'
import { faultOf } from './fault.ts'
import { parseJobFilter, parseJobSort } from './job-filter.ts'
import { boundOutput, OUTPUT_BYTES_MAX } from './output.ts'
import { LOSSES_MAX, retryDelayMs } from './retry.ts'

const NOW = Date.UTC(2026, 0, 1)
const asked = sampleJob('k', { kind: 'proxy', input: {} })
const waiting = (repeat: Job['repeat'] = 'idempotent'): Job => ({
  ...newJob(asked, { kind: 'proxy', pool: 'encode', repeat }, NOW),
  number: 1,
})
const running = (job: Job = waiting()): Job => leased(job, { token: 't', worker: 'w', untilMs: NOW + 1 }, NOW)
const faultBy = (code: CapstanError['code']) => faultOf(new CapstanError(code, 'it broke'))

describe('a job', () => {
  test('waits until its time when that is later', () => {
    expect(newJob({ ...asked, readyAtMs: NOW + 5 }, undefined, NOW)).toMatchObject({ state: 'scheduled', readyAtMs: NOW + 5 })
    expect(newJob({ ...asked, readyAtMs: NOW - 5 }, undefined, NOW)).toMatchObject({
      state: 'queued',
      readyAtMs: NOW,
      why: expect.stringContaining('No worker here knows'),
    })
  })

  test('a passing fault uses an attempt and comes back later and later; the last one fails it', () => {
    const first = failed(running(), faultBy('internal'), NOW)
    expect(first).toMatchObject({
      state: 'scheduled',
      attempt: 1,
      readyAtMs: NOW + 1_000,
      why: expect.stringContaining('Attempt 1 of 3 failed'),
    })
    const second = failed(running(first), faultBy('internal'), NOW)
    expect(second.readyAtMs).toBe(NOW + 2_000)
    expect(failed(running(second), faultBy('internal'), NOW)).toMatchObject({ state: 'failed', attempt: 3, endedAtMs: NOW })
    expect(failed({ ...running(), attempt: 3 }, faultBy('timeout'), NOW).state).toBe('timed_out')
  })

  test.each(['invalid', 'unsupported', 'too_large', 'no_space', 'conflict', 'forbidden'] as const)(
    '%s fails at once, with the next step in words',
    (code) => {
      const job = failed(running(), faultBy(code), NOW)
      expect(job).toMatchObject({ state: 'failed', attempt: 1, fault: { code } })
      expect(job.why).toMatch(/^it broke\. [A-Z].*\.$/)
    },
  )

  test('a resource that is away uses no attempt, for a day and a night', () => {
    let job = waiting()
    let nowMs = NOW
    while (!isEnded(job)) {
      job = failed(running(job), faultBy('unavailable'), nowMs)
      nowMs = Math.max(nowMs, job.readyAtMs)
      if (!isEnded(job)) expect(job.attempt === 0 || job.waits === 300).toBe(true)
    }
    expect(nowMs - NOW).toBeGreaterThan(24 * 3_600_000)
  })

  test('a lost worker uses no attempt, unless the effect cannot be repeated', () => {
    expect(leaseExpired(running(), NOW)).toMatchObject({ state: 'queued', attempt: 0, losses: 1, starts: 1 })
    expect(leaseExpired({ ...running(), losses: LOSSES_MAX - 1 }, NOW)).toMatchObject({ state: 'failed' })
    for (const end of [leaseExpired, handedBack]) {
      const doubtful = end(running(waiting('neither')), NOW)
      expect(doubtful).toMatchObject({ state: 'in_doubt', lease: null })
      expect(settled(doubtful, 'completed', 'it is there', NOW)).toMatchObject({
        state: 'completed',
        why: 'Settled as completed: it is there',
      })
      expect(retried(settled(doubtful, 'failed', 'it is not', NOW), 'Ann', NOW).state).toBe('queued')
    }
    expect(handedBack(running(), NOW)).toMatchObject({ state: 'queued', attempt: 0, losses: 0 })
  })

  test('each action is refused in the states where it makes no sense', () => {
    const done = completed(running(), {}, NOW)
    const actions: [string, (job: Job) => Job, Job[]][] = [
      ['cancel', (job) => cancelled(job, 'Ann', NOW), [done]],
      ['retry', (job) => retried(job, 'Ann', NOW), [done, waiting(), running()]],
      ['pause', (job) => paused(job, 'Ann'), [done, running()]],
      ['resume', (job) => resumed(job, NOW), [done, waiting(), running()]],
      ['settle', (job) => settled(job, 'failed', '', NOW), [done, waiting(), running()]],
      ['prioritise', (job) => prioritised(job, 9), [done]],
    ]
    for (const [name, act, jobs] of actions)
      for (const job of jobs) expect(() => act(job), `${name} when ${job.state}`).toThrow(CapstanError)
    expect(resumed(paused(waiting(), 'Ann'), NOW).state).toBe('queued')
  })

  test('holds a lease exactly while it runs, whatever happens to it', () => {
    const acts: ((job: Job) => Job)[] = [
      running,
      (job) => completed(job, {}, NOW),
      (job) => failed(job, faultBy('internal'), NOW),
      (job) => leaseExpired(job, NOW),
      (job) => handedBack(job, NOW),
      (job) => cancelled(job, 'A', NOW),
      (job) => retried(job, 'A', NOW),
      (job) => paused(job, 'A'),
      (job) => resumed(job, NOW),
    ]
    const needsRunning = new Set(acts.slice(1, 5))
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...acts)), (sequence) => {
        let job = waiting()
        for (const act of sequence) {
          if (act === running ? job.state !== 'queued' : needsRunning.has(act) && job.state !== 'running') continue
          try {
            const next = act(job)
            expect(next.revision).toBe(job.revision + 1)
            job = next
          } catch (error) {
            expect(error).toMatchObject({ code: 'conflict' })
          }
          expect(job.lease !== null).toBe(job.state === 'running')
          expect(job.endedAtMs !== null).toBe(isEnded(job))
          expect(job.attempt).toBeGreaterThanOrEqual(0)
          expect(job.attempt).toBeLessThanOrEqual(job.attemptsMax)
        }
      }),
    )
  })
})

test('waits grow by their factor up to fifteen minutes', () => {
  expect([1, 2, 3, 20].map((attempt) => retryDelayMs(attempt, 1_000, 2))).toEqual([1_000, 2_000, 4_000, 900_000])
})

test('an output is kept up to 64 KiB; a larger one leaves its warnings', () => {
  const fits = { text: 'ä'.repeat((OUTPUT_BYTES_MAX - 20) / 2) }
  expect(boundOutput(fits)).toBe(fits)
  const large = boundOutput({ text: 'ä'.repeat(OUTPUT_BYTES_MAX / 2), warnings: ['w'] })
  expect(large).toEqual({ warnings: ['w'], omitted: expect.stringContaining('65536') })
})

test('a filter is read word by word, and says which word it does not know', () => {
  expect(parseJobFilter('state:failed,timed_out kind:proxy  run:r1 asset:a1 pool:light', 'word')).toEqual({
    states: ['failed', 'timed_out'],
    kinds: ['proxy'],
    runId: 'r1',
    assetId: 'a1',
    pools: ['light'],
    text: 'word',
  })
  for (const filter of ['state:broken', 'colour:red', 'failed', 'kind:']) expect(() => parseJobFilter(filter)).toThrow(CapstanError)
  expect(parseJobSort(undefined)).toBe('-number')
  expect(() => parseJobSort('colour')).toThrow(/colour/)
})
