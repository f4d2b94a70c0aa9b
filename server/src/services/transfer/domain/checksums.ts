/** Lower-case hexadecimal. */
export type Checksums = Readonly<{ sha256?: string; md5?: string; xxh64?: string }>

/** The names of checksums that both know and that differ. */
export const differing = (known: Checksums, found: Checksums): string[] =>
  (['sha256', 'md5', 'xxh64'] as const).filter(
    (name) => known[name] !== undefined && found[name] !== undefined && known[name] !== found[name],
  )

/** The MD5 that a sidecar names for a file: `md5sum` lines, BSD lines, or the bare sum. Null while it holds none. */
export function md5InSidecar(text: string, fileName: string): string | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const entries = lines.flatMap((line) => {
    const gnu = /^\\?([0-9a-f]{32})(?:\s+[* ]?(.+))?$/i.exec(line)
    if (gnu) return [{ sum: gnu[1]!.toLowerCase(), name: gnu[2] ?? null }]
    const bsd = /^MD5 \((.+)\) = ([0-9a-f]{32})$/i.exec(line)
    return bsd ? [{ sum: bsd[2]!.toLowerCase(), name: bsd[1]! }] : []
  })
  const named = entries.find(({ name }) => name !== null && (name.split(/[\\/]/).at(-1) ?? '') === fileName)
  if (named) return named.sum
  return entries.length === 1 ? entries[0]!.sum : null
}
