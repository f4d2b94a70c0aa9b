import { readdirSync } from 'node:fs'
import { Failure } from './failure.ts'
import { plain } from './print.ts'

/** What Node makes of a byte in an argument that is no UTF-8. */
const LOST = '\ufffd'

/**
 * The bytes of absolute paths that came as arguments. Node reads arguments as UTF-8, so where a name is none it is looked for among those
 * that read the same; several of them are told apart only when all were given, as `*.mov` does. Throws a Failure when they were not.
 */
export function findNamed(paths: readonly string[]): Buffer[] {
  const seen = new Map<string, number>()
  return paths.map((path) => {
    if (!path.includes(LOST)) return Buffer.from(path)
    const found = candidates(path)
    const given = paths.filter((other) => other === path).length
    if (found.length > given)
      throw new Failure(`${plain(path)} is the name of ${found.length} files, for it is no UTF-8: name all of them, or their folder`)
    const turn = seen.get(path) ?? 0
    seen.set(path, turn + 1)
    return found[turn % found.length] ?? Buffer.from(path)
  })
}

/** Every path on disk that reads as `path`. */
function candidates(path: string): Buffer[] {
  let found: Buffer[] = [Buffer.from('/')]
  for (const part of path.split('/').filter(Boolean))
    found = found.flatMap((folder) =>
      (part.includes(LOST) ? namesIn(folder).filter((name) => name.toString() === part) : [Buffer.from(part)]).map((name) =>
        join(folder, name),
      ),
    )
  return found
}

/** Joins bytes as node:path joins text. */
export const join = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from(folder.at(-1) === 0x2f ? '' : '/'), name])

function namesIn(folder: Buffer): Buffer[] {
  try {
    return readdirSync(folder, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b))
  } catch {
    return []
  }
}
