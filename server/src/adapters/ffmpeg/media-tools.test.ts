import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mediaToolsContract } from '../../services/media/ports/media-tools.contract.ts'
import { openMediaTools } from './media-tools.ts'

const common = { ffmpegPath: process.env['FFMPEG_PATH'] || null, searchPath: process.env['PATH'] ?? '' }

mediaToolsContract('the strongest sandbox there is', (workDir) => openMediaTools({ ...common, workDir }))
mediaToolsContract('without namespaces', (workDir) => openMediaTools({ ...common, workDir, sandbox: 'none' }))

const PARENT = `
import { openMediaTools } from ${JSON.stringify(new URL('./media-tools.ts', import.meta.url).href)}
const [workDir, ffmpegPath, marker] = process.argv.slice(1)
const tools = await openMediaTools({ ffmpegPath: ffmpegPath || null, searchPath: process.env.PATH, workDir })
tools.run({
  tool: 'ffmpeg',
  args: ['-re', '-f', 'lavfi', '-i', 'testsrc', '-metadata', 'title=' + marker, '-f', 'null', '-'],
  inputs: [], outputDir: null, signal: new AbortController().signal, timeoutMs: 60000,
  onProgress: () => process.stdout.write('running'),
})
`

test('kill -9 of this program takes its encoders with it', async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'capstan-orphan-'))
  const marker = `orphan${process.pid}x${Date.now()}`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, workDir, common.ffmpegPath ?? '', marker], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => parent.stdout.once('data', resolve))
  expect(pidsWith(marker).length).toBeGreaterThan(1)
  parent.kill('SIGKILL')
  for (let waited = 0; waited < 5_000 && pidsWith(marker).length > 0; waited += 50) await sleep(50)
  expect(pidsWith(marker)).toEqual([])
  await rm(workDir, { recursive: true, force: true })
})

function pidsWith(marker: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(marker)
    } catch {
      return false
    }
  })
}
