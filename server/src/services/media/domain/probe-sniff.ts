import type { MediaKind } from '@capstan/contract/technical'

/** How much of the beginning of a file `sniff` wants. */
export const SNIFF_BYTES = 65_536

/** `kind` is a first guess where a container may hold picture or sound. `demuxer` is the only one that may open the file, null for none. */
export type Sniffed = { kind: MediaKind; container: string; demuxer: string | null; mediaType: string }

const media = (kind: 'video' | 'audio', container: string, demuxer: string, mediaType: string): Sniffed => ({
  kind,
  container,
  demuxer,
  mediaType,
})
const image = (container: string, mediaType: string): Sniffed => ({ kind: 'image', container, demuxer: null, mediaType })
const other = (container: string, mediaType: string): Sniffed => ({ kind: 'other', container, demuxer: null, mediaType })
const paper = (container: string, mediaType: string): Sniffed => ({ kind: 'document', container, demuxer: null, mediaType })

const UNKNOWN = other('unknown', 'application/octet-stream')

/** Fixed bytes at a fixed place, written in Latin-1. */
const SIGNATURES: readonly (readonly [offset: number, bytes: string, sniffed: Sniffed])[] = [
  [0, 'fLaC', media('audio', 'flac', 'flac', 'audio/flac')],
  [0, 'OggS', media('audio', 'ogg', 'ogg', 'application/ogg')],
  [0, 'caff\0', media('audio', 'caf', 'caf', 'audio/x-caf')],
  [0, '#!AMR', media('audio', 'amr', 'amr', 'audio/amr')],
  [0, '.snd', media('audio', 'au', 'au', 'audio/basic')],
  [0, 'wvpk', media('audio', 'wavpack', 'wv', 'audio/x-wavpack')],
  [0, 'MAC ', media('audio', 'ape', 'ape', 'audio/x-ape')],
  [0, 'DSD ', media('audio', 'dsf', 'dsf', 'audio/x-dsf')],
  [0, 'riff\x2e\x91\xcf\x11', media('audio', 'w64', 'w64', 'audio/x-w64')],
  [0, '\x0b\x77', media('audio', 'ac3', 'ac3', 'audio/ac3')],
  [0, 'FLV\x01', media('video', 'flv', 'flv', 'video/x-flv')],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', media('video', 'asf', 'asf', 'video/x-ms-asf')],
  [0, 'DKIF', media('video', 'ivf', 'ivf', 'video/x-ivf')],
  [0, 'YUV4MPEG2 ', media('video', 'y4m', 'yuv4mpegpipe', 'video/x-yuv4mpeg')],
  [0, '.RMF', media('video', 'realmedia', 'rm', 'application/vnd.rn-realmedia')],
  [0, '\0\0\0\0\x01\xbc', media('video', 'gxf', 'gxf', 'application/gxf')],
  [0, '\x1f\x07\0', media('video', 'dv', 'dv', 'video/x-dv')],
  [0, '\0\0\x01\xba', media('video', 'mpeg', 'mpeg', 'video/mpeg')],
  [0, '\0\0\x01\xb3', media('video', 'mpegvideo', 'mpegvideo', 'video/mpeg')],
  [0, '\0\0\0\x01\x67', media('video', 'h264', 'h264', 'video/h264')],
  [0, '\0\0\0\x01\x40\x01', media('video', 'hevc', 'hevc', 'video/h265')],
  [0, '\xff\xd8\xff', image('jpeg', 'image/jpeg')],
  [0, '\x89PNG\r\n\x1a\n', image('png', 'image/png')],
  [0, 'GIF8', image('gif', 'image/gif')],
  [0, 'II*\0', image('tiff', 'image/tiff')],
  [0, 'MM\0*', image('tiff', 'image/tiff')],
  [0, 'II+\0', image('tiff', 'image/tiff')],
  [0, 'MM\0+', image('tiff', 'image/tiff')],
  [0, 'II\x55\0', image('raw', 'image/x-panasonic-rw2')],
  [0, 'IIRO', image('raw', 'image/x-olympus-orf')],
  [0, 'FUJIFILMCCD-RAW', image('raw', 'image/x-fujifilm-raf')],
  [0, 'BM', image('bmp', 'image/bmp')],
  [0, '8BPS', image('psd', 'image/vnd.adobe.photoshop')],
  [0, '\0\0\0\x0cjP  \r\n\x87\n', image('jp2', 'image/jp2')],
  [0, '\xff\x4f\xff\x51', image('j2c', 'image/j2c')],
  [0, '\0\0\0\x0cJXL \r\n\x87\n', image('jxl', 'image/jxl')],
  [0, 'SDPX', image('dpx', 'image/dpx')],
  [0, 'XPDS', image('dpx', 'image/dpx')],
  [0, '\x76\x2f\x31\x01', image('exr', 'image/x-exr')],
  [0, '%PDF-', paper('pdf', 'application/pdf')],
  [0, '{\\rtf', paper('rtf', 'application/rtf')],
]

const STILL_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1', 'avif', 'avis', 'crx '])
const MOV_BOXES = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'])

/** What the first bytes say; null where only a deeper look (zip, OLE, text) can tell. Names and extensions do not count. */
export function sniff(head: Buffer): Sniffed | null {
  return riff(head) ?? isoMedia(head) ?? mxf(head) ?? matroska(head) ?? transportStream(head) ?? signature(head) ?? mpegAudio(head)
}

const latin = (head: Buffer, from: number, to: number): string => head.toString('latin1', from, to)

const signature = (head: Buffer): Sniffed | null =>
  SIGNATURES.find(([offset, bytes]) => latin(head, offset, offset + bytes.length) === bytes)?.[2] ?? null

function riff(head: Buffer): Sniffed | null {
  const [outer, form] = [latin(head, 0, 4), latin(head, 8, 12)]
  if (outer === 'FORM' && form.startsWith('AIF')) return media('audio', 'aiff', 'aiff', 'audio/aiff')
  if (!['RIFF', 'RIFX', 'RF64', 'BW64'].includes(outer)) return null
  if (form === 'WAVE') return media('audio', outer === 'RIFF' ? 'wav' : outer.toLowerCase(), 'wav', 'audio/wav')
  if (form === 'AVI ') return media('video', 'avi', 'avi', 'video/x-msvideo')
  if (form === 'WEBP') return image('webp', 'image/webp')
  return null
}

function isoMedia(head: Buffer): Sniffed | null {
  if (head.length < 12) return null
  const [size, box, brand] = [head.readUInt32BE(0), latin(head, 4, 8), latin(head, 8, 12)]
  if (box === 'ftyp') return ofBrand(brand)
  const isPlausible = MOV_BOXES.has(box) && (size === 0 || size === 1 || size >= 8)
  return isPlausible ? media('video', 'mov', 'mov', 'video/quicktime') : null
}

function ofBrand(brand: string): Sniffed {
  if (brand === 'crx ') return image('raw', 'image/x-canon-cr3')
  if (STILL_BRANDS.has(brand)) return brand.startsWith('avi') ? image('avif', 'image/avif') : image('heif', 'image/heic')
  if (brand === 'qt  ') return media('video', 'mov', 'mov', 'video/quicktime')
  if (brand === 'M4A ' || brand === 'M4B ') return media('audio', 'm4a', 'mov', 'audio/mp4')
  return media('video', 'mp4', 'mov', 'video/mp4')
}

/** SMPTE ST 377-1: a header partition pack, after a run-in of less than 64 KiB. */
function mxf(head: Buffer): Sniffed | null {
  const at = head.indexOf(Buffer.from('060e2b34020501010d01020101', 'hex'))
  const isHeader = at >= 0 && at < 65_536 && head[at + 13] === 0x02
  return isHeader ? media('video', 'mxf', 'mxf', 'application/mxf') : null
}

function matroska(head: Buffer): Sniffed | null {
  if (latin(head, 0, 4) !== '\x1a\x45\xdf\xa3') return null
  const isWebm = head.subarray(0, 128).includes('webm')
  return isWebm ? media('video', 'webm', 'matroska', 'video/webm') : media('video', 'matroska', 'matroska', 'video/x-matroska')
}

/** Sync bytes of five packets in a row: 188 bytes, 192 (with a time code before each) or 204 (with parity). */
function transportStream(head: Buffer): Sniffed | null {
  for (const [start, step] of [
    [0, 188],
    [4, 192],
    [0, 204],
  ] as const) {
    const wanted = Math.min(5, Math.floor((head.length - start) / step))
    const isSynced =
      wanted >= 2 && Array.from({ length: wanted }, (_, packet) => head[start + packet * step]).every((byte) => byte === 0x47)
    if (isSynced) return media('video', 'mpegts', 'mpegts', 'video/mp2t')
  }
  return null
}

/** MPEG-1/2 audio and ADTS, behind an ID3v2 tag or at once; one header is too little proof, so a second must follow. */
function mpegAudio(head: Buffer): Sniffed | null {
  const hasTag = latin(head, 0, 3) === 'ID3'
  const start = hasTag && head.length >= 10 ? 10 + [6, 7, 8, 9].reduce((size, at) => size * 128 + ((head[at] as number) & 0x7f), 0) : 0
  if (hasTag && start + 10 > head.length) return media('audio', 'mp3', 'mp3', 'audio/mpeg')
  if (latin(head, start, start + 4) === 'fLaC') return media('audio', 'flac', 'flac', 'audio/flac')
  const frame = frameLength(head, start)
  if (frame === null) return null
  const isProven = hasTag || frameLength(head, start + frame.bytes)?.kind === frame.kind
  if (!isProven) return null
  return frame.kind === 'adts' ? media('audio', 'aac', 'aac', 'audio/aac') : media('audio', 'mp3', 'mp3', 'audio/mpeg')
}

const LAYER_3 = {
  mpeg1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  mpeg2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
}
const LAYER_2 = { mpeg1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384], mpeg2: LAYER_3.mpeg2 }
const SAMPLE_RATES = [44_100, 48_000, 32_000]

function frameLength(head: Buffer, at: number): { kind: 'adts' | 'mpeg'; bytes: number } | null {
  if (at + 7 > head.length || head[at] !== 0xff || ((head[at + 1] as number) & 0xe0) !== 0xe0) return null
  const [second, third] = [head[at + 1] as number, head[at + 2] as number]
  const [version, layer] = [(second >> 3) & 3, (second >> 1) & 3]
  if ((second & 0xf6) === 0xf0) {
    const bytes = (((head[at + 3] as number) & 3) << 11) | ((head[at + 4] as number) << 3) | ((head[at + 5] as number) >> 5)
    return bytes >= 7 ? { kind: 'adts', bytes } : null
  }
  if (version === 1 || layer === 0 || layer === 3) return null
  const table = layer === 1 ? LAYER_3 : LAYER_2
  const rate = (version === 3 ? table.mpeg1 : table.mpeg2)[third >> 4]
  const samples = SAMPLE_RATES[(third >> 2) & 3]
  if (!rate || !samples) return null
  const sampleRate = samples / (version === 3 ? 1 : version === 2 ? 2 : 4)
  const perFrame = layer === 1 && version !== 3 ? 72 : 144
  return { kind: 'mpeg', bytes: Math.floor((perFrame * rate * 1_000) / sampleRate) + ((third >> 1) & 1) }
}

/** Text is told by its first words; playlists and vector graphics are never opened as media. Null where it is no text. */
export function sniffText(head: Buffer): Sniffed | null {
  const text = textOf(head)
  if (text === null) return null
  const start = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .slice(0, 4_096)
  if (start.startsWith('#EXTM3U')) return other('hls-playlist', 'application/vnd.apple.mpegurl')
  if (/^ffconcat\s/.test(start)) return other('concat-playlist', 'text/plain')
  if (/<svg[\s>]/i.test(start)) return other('svg', 'image/svg+xml')
  if (/<MPD[\s>]/.test(start)) return other('dash-manifest', 'application/dash+xml')
  if (/^<!doctype html|^<html[\s>]/i.test(start)) return paper('html', 'text/html')
  if (start.startsWith('WEBVTT')) return paper('webvtt', 'text/vtt')
  if (/^\d+\s+\d{2}:\d{2}:\d{2},\d{3} --> /.test(start)) return paper('srt', 'application/x-subrip')
  if (start.startsWith('Scenarist_SCC')) return paper('scc', 'text/plain')
  if (/^<\?xml|^<\w/.test(start)) return paper(/<(\w+:)?tt[\s>]/.test(start) ? 'ttml' : 'xml', 'application/xml')
  if (/^[[{]/.test(start)) return paper('json', 'application/json')
  return paper('text', 'text/plain')
}

/** UTF-8 or UTF-16 with a mark; null for anything with control characters that no text has. */
function textOf(head: Buffer): string | null {
  if (head.length === 0) return null
  const mark = latin(head, 0, 2)
  const encoding = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8'
  try {
    // stream: a character cut by the end of the head is no fault.
    const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true })
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? null : text
  } catch {
    return null
  }
}

const OFFICE = /officedocument|opendocument|msword|ms-excel|ms-powerpoint|epub/

/** From what the file-type library says, for zip containers, OLE files and rarities. */
export function sniffOf(fileType: { ext: string; mime: string } | undefined): Sniffed {
  if (!fileType) return UNKNOWN
  const { ext, mime } = fileType
  if (OFFICE.test(mime)) return paper(ext, mime)
  if (mime.startsWith('image/')) return image(ext, mime)
  return other(ext, mime)
}
