const END_BYTES = 8 * 2 ** 20

/** Whether the print knows what is in the file; one without a hash knows the outside only. */
export const isCertain = (print: string): boolean => print.startsWith('v1-')

/**
 * Tells the same file again: name, size, time and a hash of the first and last 8 MiB. Without a secure context browsers have no hash, and
 * the ends are left out.
 */
export async function fingerprint(file: File, relativePath: string): Promise<string> {
  const head = new TextEncoder().encode(`${relativePath}\n${file.size}\n${file.lastModified}\n`)
  if (!('subtle' in crypto)) return `plain-${file.size}-${file.lastModified}-${encodeURIComponent(file.name).slice(0, 180)}`
  const ends = file.size <= 2 * END_BYTES ? [file] : [file.slice(0, END_BYTES), file.slice(file.size - END_BYTES)]
  const bytes = await new Blob([head, ...ends]).arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `v1-${file.size}-${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
