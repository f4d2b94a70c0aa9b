import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'

let root: string | null = null

/**
 * A new folder for one server, owned by `user` when we are root. It vanishes with this process at the latest, however that ends.
 */
export function serverFolder(name: string, user: string | null = null): string {
  root ??= openRoot()
  const folder = mkdtempSync(join(root, `${name}-`))
  if (user) giveTo(user, folder)
  return folder
}

/** Hands files over to the user that a server runs as; nothing to do where that is us. */
export function giveTo(user: string, ...paths: string[]): void {
  if (isRoot()) execFileSync('chown', ['-R', `${user}:`, ...paths])
}

export const isRoot = (): boolean => process.getuid?.() === 0

function openRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-servers-'))
  // Other users' servers live below it: they may pass, not look around.
  chmodSync(folder, 0o711)
  removeAfterUs(folder)
  return folder
}

/** A shell that waits for the end of its input, which comes when this process ends, even by kill -9. */
function removeAfterUs(folder: string): void {
  const script = 'trap "" INT TERM HUP; cat >/dev/null; for i in 1 2 3 4 5 6; do rm -rf -- "$1"; [ -e "$1" ] || exit 0; sleep 0.5; done'
  const child = spawn('sh', ['-c', script, 'capstan-janitor', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.unref()
  const stdin = child.stdin as unknown as { unref: () => void }
  stdin.unref()
}
