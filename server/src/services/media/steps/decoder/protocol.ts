import { z } from 'zod'

/** One job of a decoder process: it reads `path` and writes where it was started. `extension` is the source's, in lower case: `.docx`. */
export type DecoderJob = { task: 'image' | 'document' | 'facts'; path: string; extension: string }

/** Pictures and texts that the process has written, and what it learned. */
export const DecoderAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    pictures: z.array(z.object({ name: z.string(), file: z.string(), mediaType: z.string(), width: z.int(), height: z.int() })),
    text: z.object({ file: z.string(), characters: z.int(), truncated: z.boolean() }).nullable(),
    facts: z.record(z.string(), z.unknown()),
    warnings: z.array(z.string()),
  }),
  z.object({ ok: z.literal(false), code: z.enum(['invalid', 'unsupported', 'too_large', 'no_space', 'internal']), message: z.string() }),
])
export type DecoderAnswer = z.infer<typeof DecoderAnswer>
export type Decoded = Extract<DecoderAnswer, { ok: true }>
export type DecodedPicture = Decoded['pictures'][number]

/** The same with the folder that the process may write. */
export type DecoderTask = DecoderJob & { outDir: string }

/** What a reader of one document type hands back; `page` is an encoded picture of the first page. */
export type ReadDocument = { text: string; page: Uint8Array | null; facts: Record<string, unknown>; warnings: string[] }
