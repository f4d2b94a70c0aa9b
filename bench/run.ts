import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Figure } from './figures.ts'
import { machineFacts } from './machine.ts'

/** Every bench by its name; each runs in this process, one after the other. */
const BENCHES: Record<string, () => Promise<{ run: Bench }>> = {
  upload: async () => ({ run: async (options) => ({ figures: await (await import('./upload.ts')).run(options) }) }),
  ingest: () => import('./ingest.ts'),
  api: () => import('./api.ts'),
  search: () => import('./search.ts'),
  engine: () => import('./engine.ts'),
  start: () => import('./start.ts'),
}

const RESULTS = join(import.meta.dirname, 'results')

const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, allowPositionals: true })
const wanted = positionals.length === 0 || positionals.includes('all') ? Object.keys(BENCHES) : positionals
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  process.stderr.write(`there is no bench ${unknown.join(', ')}: use ${Object.keys(BENCHES).join(', ')} or all\n`)
  process.exit(2)
}

const machine = machineFacts()
process.stdout.write(
  `${machine.processors} × ${machine.processor}, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}, load ${machine.loadBefore}${values.quick ? ', quick: smaller inputs than the goals are stated for' : ''}\n`,
)
mkdirSync(RESULTS, { recursive: true })
let broken = 0
for (const name of wanted) {
  const folder = mkdtempSync(join(tmpdir(), `capstan-bench-${name}-`))
  try {
    const bench = await BENCHES[name]?.()
    if (!bench) continue
    const { figures } = await bench.run({ quick: values.quick, folder })
    for (const figure of figures) process.stdout.write(`${lineOf(name, figure)}\n`)
    writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify({ machine, quick: values.quick, figures }, null, 2)}\n`)
  } catch (error) {
    broken++
    process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
// A goal that is missed is a figure, not a failure; a bench that cannot run is one.
process.exit(broken > 0 ? 1 : 0)

function lineOf(bench: string, { name, value, unit, goal, better }: Figure): string {
  const isMet = value !== null && goal !== null && (better === 'higher' ? value >= goal : value <= goal)
  const verdict =
    goal === null ? '' : `  goal ${better === 'higher' ? '≥' : '≤'} ${goal}  ${value === null ? 'not taken' : isMet ? 'met' : 'missed'}`
  return `${bench.padEnd(7)} ${name.padEnd(36)} ${String(value ?? '–').padStart(10)} ${unit.padEnd(10)}${verdict}`
}
