import { crc32, deflateSync } from 'node:zlib'
import decode from 'heic-decode'
import sharp from 'sharp'
import { CapstanError } from '../../../../lib/errors.ts'
import type { Size } from '../../domain/image-sizes.ts'

/** libheif here is WebAssembly: a picture is whole in memory, four bytes a pixel, twice. */
const PIXELS_MAX = 120_000_000
const BYTES_MAX = 200 * 1024 ** 2

/** The primary picture of a HEIC file, upright, as an uncompressed PNG that carries the colour profile. Throws `too_large`. */
export async function decodeHeic(bytes: Uint8Array, iccProfile: Uint8Array | null): Promise<{ png: Buffer; size: Size; pages: number }> {
  if (bytes.length > BYTES_MAX)
    throw new CapstanError('too_large', `a HEIC file of ${bytes.length} bytes is larger than the ${BYTES_MAX} that are opened`)
  const images = await decode.all({ buffer: bytes })
  try {
    const primary = images[0]
    if (primary === undefined) throw new CapstanError('invalid', 'the HEIC file holds no picture')
    const { width, height } = primary
    if (width * height > PIXELS_MAX)
      throw new CapstanError('too_large', `${width} x ${height} pixels: more than ${PIXELS_MAX / 1e6} megapixels of HEIC`)
    const { data } = await primary.decode()
    const png = await sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false })
      .removeAlpha()
      .png({ compressionLevel: 0 })
      .toBuffer()
    return { png: iccProfile === null ? png : withProfile(png, iccProfile), size: { width, height }, pages: images.length }
  } finally {
    images.dispose()
  }
}

const PNG_HEADER_BYTES = 33

/** sharp can convert to a profile but not assign one: PNG's iCCP chunk (ISO/IEC 15948, 11.3.3.3) goes right after IHDR. */
function withProfile(png: Buffer, iccProfile: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from('iCCPicc\0\0', 'latin1'), deflateSync(iccProfile)])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(body.length - 4, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return Buffer.concat([png.subarray(0, PNG_HEADER_BYTES), chunk, png.subarray(PNG_HEADER_BYTES)])
}
