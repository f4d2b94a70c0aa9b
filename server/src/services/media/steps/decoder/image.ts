import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileTypeFromFile } from 'file-type'
import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { CapstanError } from '../../../../lib/errors.ts'
import { IMAGE_LONG_SIDES, IMAGE_PIXELS_MAX, sizeRefusal, sizesWithin, type Size } from '../../domain/image-sizes.ts'
import { withEmbedded, type Embedded } from './embedded.ts'
import type { Decoded, DecodedPicture, DecoderTask } from './protocol.ts'

const SOURCE_BYTES_MAX = 4 * 1024 ** 3
const SVG_BYTES_MAX = 4 * 1024 ** 2
const RAW_TYPES = new Set([
  'NEF',
  'NRW',
  'CR2',
  'CR3',
  'CRW',
  'ARW',
  'SR2',
  'SRF',
  'DNG',
  'RAF',
  'ORF',
  'RW2',
  'PEF',
  'SRW',
  '3FR',
  'IIQ',
  'ERF',
  'KDC',
  'MRW',
  'X3F',
  'GPR',
])
const HEIC_TYPES = new Set(['HEIC', 'HEIF', 'HEICS'])

/** How a picture is opened: `draw` begins a fresh pipeline, upright; `size` is what it yields. */
type Opened = { draw: (failOn: 'error' | 'none') => Sharp; size: Size; format: string; facts: Record<string, unknown> }

/** Three sizes of a still picture with orientation and colour right, and what it says of itself. */
export async function decodeImage(job: DecoderTask): Promise<Decoded> {
  const { size: bytes } = await stat(job.path)
  if (bytes > SOURCE_BYTES_MAX)
    throw new CapstanError('too_large', `a picture of ${bytes} bytes is larger than the ${SOURCE_BYTES_MAX} that are opened`)
  return withEmbedded(job.path, job.outDir, async (embedded) => {
    const opened = await open(job, embedded)
    const { pictures, warnings } = await writeSizes(opened, job.outDir)
    return {
      ok: true,
      pictures,
      text: null,
      facts: { format: opened.format, ...opened.size, ...opened.facts, embedded: embedded?.facts ?? {} },
      warnings: embedded === null ? [...warnings, 'perl is missing: EXIF, IPTC and XMP were not read'] : warnings,
    }
  })
}

async function open(job: DecoderTask, embedded: Embedded | null): Promise<Opened> {
  const sniffed = await fileTypeFromFile(job.path)
  const fileType = embedded?.fileType ?? sniffed?.ext.toUpperCase() ?? ''
  if (HEIC_TYPES.has(fileType) || (sniffed?.mime.startsWith('image/hei') ?? false)) return openHeic(job, embedded)
  if (RAW_TYPES.has(fileType)) return openRaw(fileType, embedded)
  if (fileType === 'SVG') return openSvg(job)
  return openPlain(job.path)
}

const OPTIONS: SharpOptions = { limitInputPixels: IMAGE_PIXELS_MAX, sequentialRead: true, page: 0, pages: 1 }

async function openPlain(path: string): Promise<Opened> {
  const meta = await sharp(path, { ...OPTIONS, limitInputPixels: false, failOn: 'none' }).metadata()
  return {
    draw: (failOn) => {
      const upright = sharp(path, { ...OPTIONS, failOn }).autoOrient()
      // sharp works on 16-bit pictures with a profile in Display P3 and leaves them there unless told.
      return meta.icc !== undefined && meta.depth === 'ushort' ? upright.withIccProfile('srgb', { attach: false }) : upright
    },
    size: { width: meta.autoOrient.width, height: meta.autoOrient.height },
    format: meta.format,
    facts: {
      pages: meta.pages ?? 1,
      bitsPerSample: meta.bitsPerSample ?? BITS[meta.depth] ?? null,
      colourSpace: meta.space,
      alpha: meta.hasAlpha,
    },
  }
}

const BITS: Readonly<Record<string, number>> = { uchar: 8, char: 8, ushort: 16, short: 16, uint: 32, int: 32, float: 32, double: 64 }

async function openHeic(job: DecoderTask, embedded: Embedded | null): Promise<Opened> {
  const { decodeHeic } = await import('./heic.ts')
  const profile = (await embedded?.iccProfile()) ?? null
  const { png, size, pages } = await decodeHeic(await readFile(job.path), profile === null ? null : await readFile(profile))
  // libheif has turned the picture already; the EXIF orientation beside it is history.
  return { draw: (failOn) => sharp(png, { ...OPTIONS, failOn }), size, format: 'heic', facts: { pages, alpha: false } }
}

async function openRaw(fileType: string, embedded: Embedded | null): Promise<Opened> {
  const preview = (await embedded?.preview()) ?? null
  if (preview === null) throw new CapstanError('unsupported', `this ${fileType} file holds no preview picture`)
  const opened = await openPlain(preview)
  const facts = { pages: 1, fromPreview: true, alpha: false }
  const { orientation } = await sharp(preview).metadata()
  if (orientation !== undefined) return { ...opened, format: fileType.toLowerCase(), facts }
  const turn = turnOf(embedded?.facts.orientation ?? 1)
  const { width, height } = opened.size
  return {
    draw: (failOn) => turned(opened.draw(failOn), turn),
    size: turn.degrees % 180 === 0 ? { width, height } : { width: height, height: width },
    format: fileType.toLowerCase(),
    facts,
  }
}

type Turn = { degrees: number; mirrored: boolean }

/** What an EXIF orientation that stands elsewhere than in the picture asks for. */
const turnOf = (orientation: number): Turn => ({
  degrees: { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 }[orientation] ?? 0,
  mirrored: [2, 4, 5, 7].includes(orientation),
})

function turned(image: Sharp, { degrees, mirrored }: Turn): Sharp {
  const upright = degrees === 0 ? image : image.rotate(degrees)
  return mirrored ? upright.flop() : upright
}

/** From memory, so that nothing beside it can be referred to; librsvg runs no scripts and knows no network. */
async function openSvg(job: DecoderTask): Promise<Opened> {
  const bytes = await readFile(job.path)
  if (bytes.length > SVG_BYTES_MAX) throw new CapstanError('too_large', `an SVG of ${bytes.length} bytes is not drawn`)
  const { width, height } = await sharp(bytes, { ...OPTIONS, limitInputPixels: false }).metadata()
  const density = Math.min(2400, Math.max(1, (72 * IMAGE_LONG_SIDES.medium) / Math.max(width, height)))
  const scale = density / 72
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) }
  return {
    draw: (failOn) => sharp(bytes, { ...OPTIONS, density, failOn }),
    size,
    format: 'svg',
    facts: { pages: 1, alpha: true, drawnFrom: { width, height } },
  }
}

/** Decodes once, at the largest size, and makes the smaller ones from that. */
export async function writeSizes(
  opened: Pick<Opened, 'draw' | 'size'>,
  outDir: string,
): Promise<{ pictures: DecodedPicture[]; warnings: string[] }> {
  const refusal = sizeRefusal(opened.size)
  if (refusal !== null) throw new CapstanError('too_large', refusal)
  const sizes = sizesWithin(
    opened.size,
    Object.fromEntries(Object.values(IMAGE_LONG_SIDES).map((side) => [`image-${side}`, side])),
    'longSide',
  )
  const { pixels, warnings } = await shrink(opened, sizes.at(-1)!)
  const opaque = (await sharp(pixels.data, { raw: pixels.info }).stats()).isOpaque
  const pictures: DecodedPicture[] = []
  for (const { name, width, height } of sizes) {
    const file = `${name}.${opaque ? 'jpg' : 'webp'}`
    const resized = sharp(pixels.data, { raw: pixels.info }).resize({ width, height, fit: 'fill' })
    await (opaque ? resized.removeAlpha().jpeg({ quality: 84, mozjpeg: true }) : resized.webp({ quality: 84 })).toFile(join(outDir, file))
    pictures.push({ name, width, height, file, mediaType: opaque ? 'image/jpeg' : 'image/webp' })
  }
  return { pictures, warnings }
}

type Pixels = { data: Buffer; info: { width: number; height: number; channels: 1 | 2 | 3 | 4 } }

/** To 8-bit sRGB, by the embedded profile; what is damaged is decoded as far as it goes. */
async function shrink({ draw }: Pick<Opened, 'draw'>, { width, height }: Size): Promise<{ pixels: Pixels; warnings: string[] }> {
  const pixels = async (image: Sharp): Promise<Pixels> => {
    const { data, info } = await image
      .resize({ width, height, fit: 'fill' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return { data, info: { width: info.width, height: info.height, channels: info.channels } }
  }
  try {
    return { pixels: await pixels(draw('error')), warnings: [] }
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.split('\n')[0]! : String(thrown)
    return { pixels: await pixels(draw('none')), warnings: [`the picture is damaged, and was decoded as far as it goes: ${reason}`] }
  }
}
