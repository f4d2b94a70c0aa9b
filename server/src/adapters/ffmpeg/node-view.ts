import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { existing, findOnPath, librariesOf } from './tool-files.ts'

const run = promisify(execFile)

const SERVER = fileURLToPath(new URL('../../..', import.meta.url))
const FONTS = ['/etc/fonts', '/usr/share/fonts', '/usr/local/share/fonts', '/usr/share/fontconfig', '/var/cache/fontconfig']
const LIBRE_OFFICE = ['/usr/bin/soffice', '/usr/local/bin/soffice', '/opt/libreoffice/program/soffice']
/** soffice is a shell script that starts programs of the system. */
const FOR_LIBRE_OFFICE = ['/bin', '/usr/bin', '/usr/lib', '/usr/share', '/usr/local/bin', '/etc/libreoffice', '/opt/libreoffice']

/**
 * What a decoder of ours needs in sight besides the Node that runs it: libraries, our sources, their packages, perl for exiftool, fonts, and
 * LibreOffice where it is installed. Nothing that a person or this platform has written.
 */
export async function nodeView(searchPath: string): Promise<string[]> {
  const [libraries, perl, office] = await Promise.all([librariesOf(process.execPath), perlView(searchPath), existing(LIBRE_OFFICE)])
  const wanted = [...libraries, ...perl, ...(await sources()), ...FONTS, ...(office.length > 0 ? FOR_LIBRE_OFFICE : [])]
  return outermost(await existing(wanted))
}

/** Packages may lie in any folder above ours; the contract is a link out of them. */
async function sources(): Promise<string[]> {
  const packages = await existing(ancestors(SERVER).map((folder) => join(folder, 'node_modules')))
  const linked = await existing(packages.map((folder) => join(folder, '@capstan', 'contract')))
  return [join(SERVER, 'src'), join(SERVER, 'package.json'), ...packages, ...(await Promise.all(linked.map((path) => realpath(path))))]
}

function ancestors(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...ancestors(above)]
}

async function perlView(searchPath: string): Promise<string[]> {
  const perl = await findOnPath('perl', searchPath)
  if (perl === null) return []
  const asked = run(perl, ['-e', 'print join "\\n", grep { !ref } @INC'], { timeout: 10_000, env: {} })
  const [modules, libraries] = await Promise.all([
    asked.then(
      ({ stdout }) => stdout.split('\n').filter((path) => path.startsWith('/')),
      () => [],
    ),
    librariesOf(perl),
  ])
  return [perl, '/usr/bin/env', ...modules, ...libraries]
}

const outermost = (paths: readonly string[]): string[] => {
  const once = [...new Set(paths.map((path) => path.replace(/\/$/, '')))]
  return once.filter((path) => !once.some((other) => path.startsWith(`${other}/`)))
}
