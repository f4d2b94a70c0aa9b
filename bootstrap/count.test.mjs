import { expect, it } from 'vitest'
import { count } from '../.ci/count.mjs'

const tests = (numPassedTests, numFailedTests, testResults = []) => ({ numPassedTests, numFailedTests, testResults })

it('counts tests, and a file that could not be loaded as one failure', () => {
  expect(count(0, tests(7, 0))).toEqual({ passed: 7, failed: 0 })
  const broken = { status: 'failed', assertionResults: [] }
  const counted = { status: 'failed', assertionResults: [{ status: 'failed' }] }
  expect(count(1, tests(7, 1, [broken, counted]))).toEqual({ passed: 7, failed: 2 })
})

it('counts each check as one', () => {
  expect(count(1, [{ ok: true }, { ok: false }, { ok: true }])).toEqual({ passed: 2, failed: 1 })
})

it('has a failure when the part ended badly, and when it reported nothing', () => {
  expect(count(143, tests(7, 0))).toEqual({ passed: 7, failed: 1 })
  expect(count(124, null)).toEqual({ passed: 0, failed: 1 })
  expect(count(0, null)).toEqual({ passed: 0, failed: 1 })
  expect(count(0, tests(0, 0))).toEqual({ passed: 0, failed: 1 })
})
