import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DecoderTask } from './protocol.ts'

const OFFICE_LIMIT_MS = 90_000
const PROGRAMS = ['/usr/bin/soffice', '/usr/local/bin/soffice', '/opt/libreoffice/program/soffice']

/** The first page as LibreOffice draws it; null where it is not installed or cannot. */
export async function pageByOffice(job: DecoderTask, programs: readonly string[] = PROGRAMS): Promise<Uint8Array | null> {
  const program = programs.find((path) => existsSync(path))
  if (program === undefined) return null
  const work = join(job.outDir, 'office')
  try {
    await mkdir(work)
    const source = join(work, `document${job.extension}`)
    await copyFile(job.path, source)
    await promisify(execFile)(
      program,
      [
        '--headless',
        '--norestore',
        `-env:UserInstallation=file://${join(work, 'profile')}`,
        '--convert-to',
        'pdf',
        '--outdir',
        work,
        source,
      ],
      {
        timeout: OFFICE_LIMIT_MS,
        killSignal: 'SIGKILL',
      },
    )
    const { readPdf } = await import('./pdf.ts')
    return (await readPdf(join(work, 'document.pdf'))).page
  } catch {
    return null
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
