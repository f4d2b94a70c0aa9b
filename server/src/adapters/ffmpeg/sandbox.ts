import { basename, dirname, join } from 'node:path'
import type { SandboxMode } from '../../services/media/ports/media-tools.ts'

/** `addressSpaceBytes` counts everything mapped, `dataBytes` what was written to: V8 and WebAssembly reserve far more than they use. */
export type Limits = {
  addressSpaceBytes: number | null
  dataBytes: number | null
  cpuSeconds: number
  fileSizeBytes: number
  processes: number
  openFiles: number
}

export type SandboxPaths = {
  /** Absolute paths of the helper programs; null where the machine has none. */
  setpriv: string | null
  prlimit: string | null
  unshare: string | null
  mount: string | null
  bwrap: string | null
  shell: string
}

export type SandboxedRun = {
  mode: SandboxMode
  paths: SandboxPaths
  /** An empty folder that the root file system of each child is mounted over, in its own mount namespace. */
  rootDir: string
  tool: string
  /** Files and folders that the tool needs to start: its libraries. Same path inside. */
  libraries: readonly { path: string; folder: boolean }[]
  inputs: readonly { path: string; folder: boolean }[]
  /** Set where we are root and an input is somebody else's. */
  guest: Guest | null
  outputDir: string | null
  args: readonly string[]
  limits: Limits
}

/**
 * A user namespace of root holds no other user, so not even its root may open what belongs to one: then root itself mounts the view, and the
 * tool runs as `owner` where only that one may read; null where everybody may.
 */
export type Guest = { owner: { uid: number; gid: number } | null }

export type SandboxCommand = { file: string; args: string[] }

const DEVICES = ['null', 'zero', 'urandom']

/** The command that runs a tool with nothing but its inputs, its output folder and its libraries in sight. Pure. */
export function sandboxCommand(run: SandboxedRun): SandboxCommand {
  if (run.mode === 'namespaces' || (run.mode === 'bubblewrap' && run.guest)) return namespacesCommand(run)
  if (run.mode === 'bubblewrap') return bubblewrapCommand(run)
  const [file = run.tool, ...args] = [...dieWithParent(run.paths), ...limited(run.paths, run.limits), run.tool, ...run.args]
  return { file, args }
}

const dieWithParent = ({ setpriv }: SandboxPaths): string[] => (setpriv ? [setpriv, '--pdeathsig', 'KILL', '--no-new-privs'] : [])

function limited({ prlimit }: SandboxPaths, limits: Limits): string[] {
  if (!prlimit) return []
  return [
    prlimit,
    ...(limits.addressSpaceBytes === null ? [] : [`--as=${limits.addressSpaceBytes}`]),
    ...(limits.dataBytes === null ? [] : [`--data=${limits.dataBytes}`]),
    `--cpu=${limits.cpuSeconds}`,
    `--fsize=${limits.fileSizeBytes}`,
    `--nproc=${limits.processes}`,
    `--nofile=${limits.openFiles}`,
    '--core=0',
  ]
}

function bubblewrapCommand(run: SandboxedRun): SandboxCommand {
  const bound = run.libraries.flatMap(({ path }) => ['--ro-bind', path, path])
  const inputs = run.inputs.flatMap(({ path }, index) => ['--ro-bind', path, `/in/${index}`])
  const devices = DEVICES.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`])
  const output = run.outputDir ? ['--bind', run.outputDir, '/out'] : ['--dir', '/out']
  const [file, ...args] = [
    ...dieWithParent(run.paths),
    ...limited(run.paths, run.limits),
    run.paths.bwrap as string,
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...bound,
    ...['--ro-bind', run.tool, toolInside(run.tool)],
    ...devices,
    ...inputs,
    ...output,
    ...['--remount-ro', '/', '--chdir', '/out', '--', toolInside(run.tool)],
    ...run.args,
  ]
  return { file: file as string, args }
}

const toolInside = (tool: string): string => `/tool/${basename(tool)}`

/**
 * Two user namespaces: as root of the outer one the shell mounts the view, the inner one holds no capability and cannot gain any (a process
 * whose root was changed may not make a user namespace). One `mount` for all entries keeps the cost at 5 ms.
 */
function namespacesCommand(run: SandboxedRun): SandboxCommand {
  const root = run.rootDir
  const files = [
    ...DEVICES.map((name) => ({ from: `/dev/${name}`, to: `dev/${name}`, folder: false, options: 'bind' })),
    ...run.libraries.map(({ path, folder }) => ({ from: path, to: path.slice(1), folder, options: 'bind,ro' })),
    { from: run.tool, to: toolInside(run.tool).slice(1), folder: false, options: 'bind,ro' },
    ...run.inputs.map(({ path, folder }, index) => ({ from: path, to: `in/${index}`, folder, options: 'bind,ro,nosuid,nodev,noexec' })),
    ...(run.outputDir ? [{ from: run.outputDir, to: 'out', folder: true, options: 'bind,rw,nosuid,nodev,noexec' }] : []),
  ]
  const folders = new Set(['in', 'out', ...files.map(({ to, folder }) => (folder ? to : dirname(to)))])
  const mounts = files.map(({ from, to, options }) => `${fstabField(from)} ${fstabField(join(root, to))} none ${options} 0 0`)
  const script = [
    'set -e',
    'umask 022',
    `${run.paths.mount} -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs ${quoted(root)}`,
    `cd ${quoted(root)}`,
    `mkdir -p ${[...folders].map((folder) => quoted(`./${folder}`)).join(' ')}`,
    ...files.filter(({ folder }) => !folder).map(({ to }) => `: > ${quoted(`./${to}`)}`),
    `printf '%s\\n' ${mounts.map(quoted).join(' ')} > mounts`,
    `${run.paths.mount} -a -T ${quoted(join(root, 'mounts'))}`,
    ': > mounts',
    `${run.paths.mount} -o remount,bind,ro ${quoted(root)}`,
    // The shell remembers where the data folder is.
    'unset PWD OLDPWD',
    'exec "$@"',
  ]
  const outer = [
    run.paths.unshare as string,
    ...(run.guest ? [] : ['--map-root-user']),
    '--mount',
    '--net',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child',
  ]
  const inner = [
    ...asOwner(run.paths, run.guest),
    run.paths.unshare as string,
    '--user',
    '--map-user=65534',
    // Where the shell is now: another user may not find the way there.
    '--root=.',
    '--wd=/out',
    toolInside(run.tool),
    ...run.args,
  ]
  const [file, ...args] = [
    ...dieWithParent(run.paths),
    ...outer,
    ...[run.paths.shell, '-c', script.join('\n'), 'sandbox'],
    ...limited(run.paths, run.limits),
    ...inner,
  ]
  return { file: file as string, args }
}

const asOwner = ({ setpriv }: SandboxPaths, guest: Guest | null): string[] =>
  setpriv && guest?.owner ? [setpriv, `--reuid=${guest.owner.uid}`, `--regid=${guest.owner.gid}`, '--clear-groups'] : []

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** fstab(5) writes anything unusual as three octal digits a byte. */
export const fstabField = (path: string): string =>
  [...Buffer.from(path)]
    .map((byte) =>
      /[A-Za-z0-9/._-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('')
