import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ExifTool } from 'exiftool-vendored'
import { embeddedFacts, type EmbeddedFacts, type EmbeddedTags } from '../../domain/image-facts.ts'

const TASK_LIMIT_MS = 20_000
const PERLS = ['/usr/bin/perl', '/usr/local/bin/perl', '/bin/perl']

export const hasPerl = (): boolean => PERLS.some((path) => existsSync(path))

export type Embedded = {
  facts: EmbeddedFacts
  /** As exiftool names it: `NEF`, `HEIC`; null when it does not know the file. */
  fileType: string | null
  pageCount: number | null
  iccProfile: () => Promise<string | null>
  /** The largest JPEG inside a raw file, written to a file; null when there is none. */
  preview: () => Promise<string | null>
}

/** Reads what a file says of itself while `use` runs; null without perl. */
export async function withEmbedded<T>(path: string, outDir: string, use: (embedded: Embedded | null) => Promise<T>): Promise<T> {
  if (!hasPerl()) return use(null)
  const tool = new ExifTool({ maxProcs: 1, taskTimeoutMillis: TASK_LIMIT_MS, spawnTimeoutMillis: TASK_LIMIT_MS, taskRetries: 0 })
  try {
    return await use(await read(tool, path, outDir))
  } finally {
    await tool.end(false)
  }
}

async function read(tool: ExifTool, path: string, outDir: string): Promise<Embedded | null> {
  const tags = (await tool.read(path, { readArgs: ['-fast'] }).catch(() => null)) as Record<string, unknown> | null
  if (tags === null) return null
  const plain = plainTags(tags)
  const extract = async (tag: string, file: string): Promise<string | null> => {
    const to = join(outDir, file)
    await tool.extractBinaryTag(tag, path, to).catch(() => {})
    return existsSync(to) ? to : null
  }
  return {
    facts: embeddedFacts(plain),
    fileType: typeof plain['FileType'] === 'string' ? plain['FileType'] : null,
    pageCount: typeof plain['PageCount'] === 'number' ? plain['PageCount'] : null,
    iccProfile: () => extract('ICC_Profile', 'profile.icc'),
    preview: async () =>
      (await extract('JpgFromRaw', 'preview.jpg')) ??
      (await extract('PreviewImage', 'preview.jpg')) ??
      (await extract('OtherImage', 'preview.jpg')),
  }
}

/** Dates as ISO 8601 text, everything else as it is. */
function plainTags(tags: Record<string, unknown>): EmbeddedTags {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, isDated(value) ? value.toISOString() : value]))
}

const isDated = (value: unknown): value is { toISOString(): string | null } =>
  typeof value === 'object' && value !== null && 'toISOString' in value
