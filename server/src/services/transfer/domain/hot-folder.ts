/** A path's bytes: names on disk need not be UTF-8. */
export type PathBytes = Uint8Array

/** A watched folder as transfer needs it; resources owns it. */
export type WatchedFolder = Readonly<{
  id: string
  accountId: number
  name: string
  /** Absolute. */
  path: string
  workflow: string
  quietSeconds: number
  duplicates: 'refuse' | 'ingest'
}>

/** One file as a look at the folder found it. */
export type SeenFile = Readonly<{
  path: PathBytes
  /** Relative to the folder, its bytes as latin1 so that it can be a key. */
  key: string
  inode: string
  identity: string
  sizeBytes: number
  /** Time of the last change of content or name; nobody can set it back. */
  changedAtMs: number
}>

/** What is known of a file over the looks at it. Times are monotonic. */
export type Watched = Readonly<{ file: SeenFile; firstSeenMs: number; unchangedSinceMs: number; wasTemporary: boolean }>

const TEMPORARY = /^(\.|~)|\.(part|partial|tmp|temp|filepart|crdownload|download|!ut)$/i
const IGNORED = /^(thumbs\.db|desktop\.ini)$/i
const SIDECAR = /\.(md5|done|ready|xml)$/i

const baseOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

/** Copiers and browsers write under such a name and rename when they are done. */
export const isTemporary = (key: string): boolean => TEMPORARY.test(baseOf(key))

/** Brings what is known up to date with one look at the folder. */
export function observe(
  known: ReadonlyMap<string, Watched>,
  files: readonly SeenFile[],
  nowMs: number,
  hintedTemporary: ReadonlySet<string>,
): Map<string, Watched> {
  const temporaryInodes = new Set([...known.values()].filter(({ file }) => isTemporary(file.key)).map(({ file }) => file.inode))
  return new Map(
    files.map((file) => {
      const before = known.get(file.key)
      const isSame = before?.file.identity === file.identity
      const wasTemporary =
        !isTemporary(file.key) &&
        (temporaryInodes.has(file.inode) || isHinted(file.key, hintedTemporary) || (isSame && before.wasTemporary))
      return [
        file.key,
        { file, firstSeenMs: before?.firstSeenMs ?? nowMs, unchangedSinceMs: isSame ? before.unchangedSinceMs : nowMs, wasTemporary },
      ]
    }),
  )
}

/** A rename too quick for two looks: the system told of `film.mov.part` or `.film.mov.x7` before `film.mov`. */
const isHinted = (key: string, hinted: ReadonlySet<string>): boolean =>
  [...hinted].some((name) => name.startsWith(`${baseOf(key)}.`) || name.startsWith(`.${baseOf(key)}.`))

export type Candidate = Readonly<{ watched: Watched; sidecars: readonly SeenFile[] }>

/** The files to take, each with its sidecars; temporary and ignored names and the sidecars themselves are none. */
export function candidates(watched: ReadonlyMap<string, Watched>): Candidate[] {
  const names = [...watched.keys()].filter((key) => !isTemporary(key) && !IGNORED.test(baseOf(key)))
  const owners = new Map(names.filter((key) => SIDECAR.test(key)).map((key) => [key, ownerOf(key, names)]))
  const isMedia = (key: string) => !SIDECAR.test(key) || (/\.xml$/i.test(key) && owners.get(key) === null)
  return names.filter(isMedia).map((key) => ({
    watched: watched.get(key)!,
    sidecars: [...owners].filter(([, owner]) => owner === key).map(([sidecar]) => watched.get(sidecar)!.file),
  }))
}

/** `film.mov.md5` belongs to `film.mov`; `film.md5` to the only file of that stem. */
function ownerOf(sidecar: string, names: readonly string[]): string | null {
  const stem = sidecar.replace(SIDECAR, '')
  if (names.includes(stem)) return stem
  const matching = names.filter((key) => key !== sidecar && !SIDECAR.test(key) && key.slice(0, key.lastIndexOf('.')) === stem)
  return matching.length === 1 ? matching[0]! : null
}

/** A file must look the same at two looks this far apart, whatever the signal. */
const STEADY_MS = 400

/** `take`: a signal says it is finished. `check`: it is quiet, and is taken if it is structurally whole. */
export function nextStep({ watched, sidecars }: Candidate, quietMs: number, nowMs: number): 'wait' | 'take' | 'check' {
  const quietForMs = nowMs - watched.unchangedSinceMs
  if (quietForMs < Math.min(STEADY_MS, quietMs)) return 'wait'
  // A sidecar that came before the last change of the file says nothing about its end.
  const isSignalled = watched.wasTemporary || sidecars.some((sidecar) => sidecar.changedAtMs >= watched.file.changedAtMs)
  if (isSignalled) return 'take'
  return quietForMs >= quietMs ? 'check' : 'wait'
}
