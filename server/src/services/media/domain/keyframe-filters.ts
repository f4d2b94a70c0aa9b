import { CUT_SCORE_MIN } from './keyframe-times.ts'
import { TILE_BOX } from './sheet-layout.ts'

/** What must be known of a video stream to make right pictures of it; null where nobody said. */
export type PictureSource = {
  width: number
  height: number
  interlaced: boolean
  transfer: 'sdr' | 'pq' | 'hlg'
  matrix: 'bt601' | 'bt709' | 'bt2020' | null
  /** Of HDR: masters in RGB often keep to Display P3. */
  primaries: 'bt2020' | 'p3'
  fullRange: boolean
}

/** Whether the encoder at hand has a filter. */
export type HasFilter = (name: string) => boolean

/** D-10 and its kin carry 32 lines of vertical blanking above a picture that is 720 wide; the aspect ratio they name is the picture's. */
const VBI_HEIGHTS: Readonly<Record<number, number>> = { 608: 576, 512: 480 }

export const canToneMap = (has: HasFilter): boolean => has('zscale') && has('tonemap')

/**
 * The chain of the one pass over the film: small RGB pictures, squared and tone-mapped, one each `intervalS` and one at every cut (cuts at
 * least a third of that apart), with time in microseconds and scene score printed to `printFile`.
 */
export function tilesFilter(source: PictureSource, settings: { intervalS: number; printFile: string; has: HasFilter }): string {
  const { intervalS, printFile, has } = settings
  const oneField = source.interlaced && has('field')
  // One field alone halves the height: the shape has to be counted back.
  const shape = oneField ? '(dar/2)' : 'dar'
  const { width, height } = TILE_BOX
  const size = `w=max(2\\,round(min(${width}\\,${height}*${shape}))):h=max(2\\,round(min(${height}\\,${width}/${shape})))`
  const cut = `gt(scene\\,${CUT_SCORE_MIN})*gte(t-prev_selected_t\\,${(intervalS / 3).toFixed(3)})`
  // Half a frame of slack, or the rounding of a time stamp skips a frame of a second that is due.
  const due = `gte(t-prev_selected_t\\,${(intervalS - 0.008).toFixed(3)})`
  return [
    ...cropVbi(source),
    ...(oneField ? ['field=type=top'] : []),
    ...toRgb(source, `${size}:flags=area`, has),
    'setsar=1',
    `select=isnan(prev_selected_t)+${due}+${cut}`,
    'settb=AVTB',
    `metadata=mode=print:file=${printFile}`,
  ].join(',')
}

/** The chain for one frame in full size: deinterlaced with its neighbours, squared by widening or heightening, never smaller than the source. */
export function stillFilter(source: PictureSource, has: HasFilter): string {
  const deinterlace = ['bwdif', 'yadif'].find(has)
  return [
    ...cropVbi(source),
    ...(source.interlaced && deinterlace !== undefined ? [`${deinterlace}=mode=send_frame`] : []),
    ...toRgb(source, 'w=2*round(iw*max(1\\,sar)/2):h=2*round(ih*max(1\\,1/sar)/2):flags=bicubic+accurate_rnd+full_chroma_int', has),
    'setsar=1',
  ].join(',')
}

function cropVbi({ width, height }: PictureSource): string[] {
  const picture = VBI_HEIGHTS[height]
  return width === 720 && picture !== undefined ? [`crop=720:${picture}:0:${height - picture}:keep_aspect=1`] : []
}

function toRgb(source: PictureSource, scale: string, has: HasFilter): string[] {
  const range = source.fullRange ? 'pc' : 'tv'
  if (source.transfer === 'sdr' || !canToneMap(has))
    return [`scale=${scale}:in_color_matrix=${swscaleMatrix(source)}:in_range=${range}`, 'format=rgb24']
  const transfer = source.transfer === 'pq' ? 'smpte2084' : 'arib-std-b67'
  const primaries = source.primaries === 'p3' ? 'smpte432' : '2020'
  return [
    // An RGB master becomes YUV here, and zscale must be told what comes out: it would look for a way back to the RGB that the frame still claims.
    `scale=${scale}:in_range=${range}:out_range=tv:in_color_matrix=bt2020:out_color_matrix=bt2020`,
    // 4:4:4, because zscale refuses odd sizes where chroma has fewer samples.
    'format=yuv444p16le',
    `zscale=tin=${transfer}:min=2020_ncl:pin=${primaries}:rin=tv:t=linear:npl=100:p=${primaries}:m=2020_ncl`,
    'format=gbrpf32le',
    'zscale=p=709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=709',
    'format=gbrp',
    'format=rgb24',
  ]
}

/** What is not tagged is taken by size, as broadcasters do. */
function swscaleMatrix({ matrix, width, height }: PictureSource): string {
  return matrix ?? (Math.max(width, height) > 1024 || Math.min(width, height) > 576 ? 'bt709' : 'bt601')
}
