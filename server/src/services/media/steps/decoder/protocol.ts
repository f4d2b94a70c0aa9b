import { z } from 'zod'

/** One job of a decoder process: it reads `path` and writes where it was started. `extension` is the source's, in lower case: `.docx`. */
export type DecoderJob = { task: 'image' | 'document' | 'facts'; path: string; extension: string }

/**
 * Pictures and texts that the process has written, and what it learned. A process that a hostile file has taken over says what it likes: names
 * of folders and files are only those that ours gives.
 */
export const DecoderAnswer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    pictures: z.array(
      z.object({
        name: z.string().regex(/^image-\d{1,5}$/),
        file: z.string().regex(/^image-\d{1,5}\.(jpg|webp)$/),
        mediaType: z.enum(['image/jpeg', 'image/webp']),
        width: z.int(),
        height: z.int(),
      }),
    ),
    text: z.object({ file: z.literal('text.txt'), characters: z.int(), truncated: z.boolean() }).nullable(),
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
