import { createHash } from 'node:crypto'
import { CapstanError } from '../../../lib/errors.ts'
import { differing, type Checksums } from '../domain/checksums.ts'

/** Passes bytes on and throws `conflict` at the end when they are not what they were: a copy that is wrong is never kept. */
export async function* verified(source: AsyncIterable<Uint8Array>, expected: Checksums): AsyncGenerator<Uint8Array> {
  const sha256 = createHash('sha256')
  for await (const chunk of source) {
    sha256.update(chunk)
    yield chunk
  }
  if (differing(expected, { sha256: sha256.digest('hex') }).length > 0)
    throw new CapstanError('conflict', 'the file changed while it was copied')
}
