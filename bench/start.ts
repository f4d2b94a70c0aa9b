import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, rounded, type Bench } from './figures.ts'
import { startPlatform } from './platform.ts'

const ROOT = join(import.meta.dirname, '..')
const TICKS_PER_SECOND = 100

/** How soon a second start is ready, and what the platform costs when nobody asks for anything. */
export const run: Bench = async ({ quick, folder }) => {
  const data = join(folder, 'data')
  const first = await startPlatform(data)
  await first.stop()
  const readyMs: number[] = []
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const platform = await startPlatform(data)
    readyMs.push(platform.readyMs)
    await platform.stop()
  }
  const idle = await startPlatform(data)
  await sleep(quick ? 3_000 : 15_000)
  const seconds = quick ? 3 : 30
  const before = ticks(idle.child.pid)
  await sleep(seconds * 1_000)
  const busy = (ticks(idle.child.pid) - before) / TICKS_PER_SECOND / seconds
  const memoryMib = residentMib(idle.child.pid)
  await idle.stop()
  return {
    figures: [
      { name: 'start_second_start_s', value: rounded(median(readyMs) / 1_000), unit: 's', goal: 2.5, better: 'lower' },
      { name: 'start_idle_memory_mib', value: rounded(memoryMib, 0), unit: 'MiB', goal: 200, better: 'lower' },
      { name: 'start_idle_processor_percent', value: rounded(busy * 100), unit: '% of one', goal: 1, better: 'lower' },
      { name: 'start_install_size_mib', value: installMib(), unit: 'MiB', goal: 700, better: 'lower' },
    ],
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** User and system time of the process and its threads, in ticks. */
function ticks(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

const residentMib = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024

/** Packages, the built console and the Node that runs this. */
const installMib = (): number =>
  Math.ceil(
    [join(ROOT, 'node_modules'), join(ROOT, 'console/dist'), process.execPath].reduce((sum, path) => sum + diskBytes(path), 0) / 2 ** 20,
  )

/** What a file, or a folder with all below it, takes on the disk; links are not followed, and what is not there takes nothing. */
function diskBytes(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return 0
  const below = found.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + diskBytes(join(path, name)), 0) : 0
  return found.blocks * 512 + below
}
