// `npm run check`: types, habits, form, arrows and unused code. Every part runs, whatever the one before found.
//   npm run check                      all parts
//   npm run check -- eslint knip       some of them
//   npm run check -- --json FILE       also writes [{ name, ok, seconds }] to FILE
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const PART_MS_MAX = 10 * 60_000

const tool = (path, ...args) => [join(ROOT, 'node_modules', path), ...args]

/** Name of a part → the program that Node runs for it. */
const PARTS = {
  types: tool('typescript/bin/tsc', '-p', 'tsconfig.json'),
  'types of the console': existsSync(join(ROOT, 'console/tsconfig.json'))
    ? tool('typescript/bin/tsc', '-p', 'console/tsconfig.json', '--noEmit')
    : null,
  eslint: tool('eslint/bin/eslint.js', '--max-warnings', '0', '.', 'capstan'),
  prettier: tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  arrows: [join(ROOT, 'bootstrap/check-arrows.mjs')],
  knip: tool('knip/bin/knip.js', '--no-progress'),
}

/** Runs one part with its output on our terminal. Answers whether it passed, and how long it took. */
function runPart(name, args) {
  process.stdout.write(`\n── ${name}\n`)
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], timeout: PART_MS_MAX })
    const end = (ok) => resolve({ name, ok, seconds: Number(((performance.now() - startedMs) / 1_000).toFixed(1)) })
    child.on('error', () => end(false))
    child.on('close', (code) => end(code === 0))
  })
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
  const unknown = positionals.filter((name) => !(name in PARTS))
  if (unknown.length > 0) {
    process.stderr.write(`capstan: there is no check "${unknown[0]}"; there are ${Object.keys(PARTS).join(', ')}.\n`)
    return 2
  }
  const results = []
  for (const [name, args] of Object.entries(PARTS)) {
    if (args && (positionals.length === 0 || positionals.includes(name))) results.push(await runPart(name, args))
  }
  process.stdout.write(`\n${results.map(({ name, ok, seconds }) => `${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`).join('\n')}\n`)
  if (values.json) writeFileSync(values.json, JSON.stringify(results))
  return results.every(({ ok }) => ok) ? 0 : 1
}

process.exitCode = await main()
