import type { Technical } from '@capstan/contract/technical'

const CODEC_NAMES: Record<string, string> = {
  h264: 'H.264',
  hevc: 'HEVC',
  prores: 'ProRes',
  mpeg2video: 'MPEG-2',
  dvvideo: 'DV',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  jpeg2000: 'JPEG 2000',
  aac: 'AAC',
  mp3: 'MP3',
  flac: 'FLAC',
  ac3: 'AC-3',
  opus: 'Opus',
  vorbis: 'Vorbis',
}

const codecName = (codec: string): string => CODEC_NAMES[codec] ?? (codec.startsWith('pcm_') ? 'PCM' : codec.toUpperCase())

const rateLabel = ({ num, den }: { num: number; den: number }): string => String(Math.round((num / den) * 100) / 100)

/** The short facts of a tile, in the order they matter: `1080p25`, `H.264`, `8 ch`, `HLG`. */
export function shortFacts(technical: Technical | null): string[] {
  if (!technical) return []
  const video = technical.video.find((stream) => !stream.attachedPicture)
  const channels = technical.audio.reduce((sum, stream) => sum + stream.channels, 0)
  const facts: string[] = []
  if (video) {
    const scan = video.scan.startsWith('interlaced') ? 'i' : 'p'
    facts.push(`${video.displayHeight}${scan}${video.rate ? rateLabel(video.rate) : ''}`, codecName(video.codec))
    if (video.hdr) facts.push(video.hdr)
  }
  if (!video && technical.audio[0]) facts.push(codecName(technical.audio[0].codec))
  if (channels > 0 && (channels > 2 || !video)) facts.push(`${channels} ch`)
  if (technical.image?.width && technical.image.height) facts.push(`${technical.image.width} × ${technical.image.height}`)
  return facts
}
