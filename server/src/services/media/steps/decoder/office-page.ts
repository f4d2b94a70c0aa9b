import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { DecoderTask } from './protocol.ts'

const OFFICE_LIMIT_MS = 90_000
const PROGRAMS = ['/usr/bin/soffice', '/usr/local/bin/soffice', '/opt/libreoffice/program/soffice']
/** With a new profile it sets itself up, ends with this and wants to be started once more. */
const START_AGAIN = 81

/** The first page as LibreOffice draws it; null where it is not installed or cannot. */
export async function pageByOffice(job: DecoderTask, programs: readonly string[] = PROGRAMS): Promise<Uint8Array | null> {
  const program = programs.find((path) => existsSync(path))
  if (program === undefined) return null
  const work = join(job.outDir, 'office')
  try {
    await mkdir(work)
    const source = join(work, `document${job.extension}`)
    await copyFile(job.path, source)
    const convert = () => convertToPdf(program, work, source)
    await convert().catch((error: unknown) =>
      (error as { code?: unknown }).code === START_AGAIN ? convert() : Promise.reject(error as Error),
    )
    const { readPdf } = await import('./pdf.ts')
    return (await readPdf(join(work, 'document.pdf'))).page
  } catch {
    return null
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * `soffice` is a script that refuses to work without /proc and /tmp, which no decoder of ours sees. The program it starts in the end does not
 * mind when it is told where its libraries are and where it may write.
 */
async function convertToPdf(program: string, work: string, source: string): Promise<void> {
  const folder = dirname(await realpath(program))
  const binary = join(folder, 'soffice.bin')
  const profile = `-env:UserInstallation=file://${join(work, 'profile')}`
  const pipes = `-env:OSL_SOCKET_PATH=${work}`
  await promisify(execFile)(
    existsSync(binary) ? binary : program,
    ['--headless', '--norestore', profile, pipes, '--convert-to', 'pdf', '--outdir', work, source],
    { env: { ...process.env, LD_LIBRARY_PATH: folder, TMPDIR: work }, timeout: OFFICE_LIMIT_MS, killSignal: 'SIGKILL' },
  )
}
