import type { VideoStream } from '@capstan/contract/technical'
import type { PictureSource } from './keyframe-filters.ts'

/** What the probe found, as far as pictures need it. */
export function pictureSource(video: VideoStream): PictureSource {
  return {
    width: video.width,
    height: video.height,
    interlaced: video.scan.startsWith('interlaced'),
    transfer: transferOf(video),
    matrix: matrixOf(video.colour.matrix),
    primaries: video.colour.primaries === 'smpte432' ? 'p3' : 'bt2020',
    fullRange: video.colour.range === 'full' || (video.pixelFormat ?? '').startsWith('yuvj'),
  }
}

function transferOf({ colour }: VideoStream): PictureSource['transfer'] {
  if (colour.transfer === 'smpte2084') return 'pq'
  return colour.transfer === 'arib-std-b67' ? 'hlg' : 'sdr'
}

function matrixOf(matrix: string | null): PictureSource['matrix'] {
  if (matrix === 'bt709') return 'bt709'
  if (matrix?.startsWith('bt2020')) return 'bt2020'
  return matrix === 'smpte170m' || matrix === 'bt470bg' || matrix === 'fcc' ? 'bt601' : null
}

/** The frame that is shown this long after the first one; null where the rate varies. */
export function frameIndexAt(video: Pick<VideoStream, 'rate' | 'variableRate'>, timeUs: number): number | null {
  if (video.variableRate || video.rate === null) return null
  return Math.round((timeUs * video.rate.num) / (video.rate.den * 1e6))
}
