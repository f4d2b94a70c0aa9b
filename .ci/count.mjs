// node .ci/count.mjs EXIT_CODE [REPORT] prints "passed failed" of one part of .ci/run. A report is vitest's JSON or that of `npm run check`.
// A part that ended badly has at least one failure, and one that reported nothing has failed.
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** @returns {{ passed: number, failed: number }} */
export function count(exitCode, report) {
  const { passed, failed } = report === null ? { passed: 0, failed: 0 } : Array.isArray(report) ? countChecks(report) : countTests(report)
  if (exitCode !== 0) return { passed, failed: Math.max(1, failed) }
  return passed + failed === 0 ? { passed: 0, failed: 1 } : { passed, failed }
}

const countChecks = (parts) => ({ passed: parts.filter(({ ok }) => ok).length, failed: parts.filter(({ ok }) => !ok).length })

/** A test file that could not even be loaded has no tests, and counts as one failure. */
function countTests({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}

function main([exitCode, path]) {
  const code = Number(exitCode)
  const isReported = Boolean(path)
  if (!isReported) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  return count(code, existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { passed, failed } = main(process.argv.slice(2))
  process.stdout.write(`${passed} ${failed}\n`)
}
