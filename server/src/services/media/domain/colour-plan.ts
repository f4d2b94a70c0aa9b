import type { VideoStream } from '@capstan/contract/technical'

export type ColourPlan = {
  /** Runs on the picture at its final size; ends in 8-bit BT.709 limited. */
  filters: string[]
  /** What stands for missing tags: `BT.601, 625 lines, by size`; null where the file says it itself. */
  assumed: string | null
  toneMapped: 'PQ' | 'HLG' | null
  warnings: string[]
}

type Filters = ReadonlySet<string>

/** As the `colorspace` filter names them; what it does not know counts as BT.709. */
const MATRICES: Record<string, string> = {
  bt709: 'bt709',
  smpte170m: 'smpte170m',
  bt470bg: 'bt470bg',
  fcc: 'fcc',
  smpte240m: 'smpte240m',
  bt2020nc: 'bt2020ncl',
  ycgco: 'ycgco',
}
const PRIMARIES: Record<string, string> = {
  bt709: 'bt709',
  bt470m: 'bt470m',
  bt470bg: 'bt470bg',
  smpte170m: 'smpte170m',
  smpte240m: 'smpte240m',
  film: 'film',
  smpte431: 'smpte431',
  smpte432: 'smpte432',
  bt2020: 'bt2020',
}

const isRgb = (video: VideoStream): boolean => video.chroma === 'RGB'

/** How a picture becomes BT.709 limited, converted and not just tagged anew. Pure. */
export function planColour(video: VideoStream, size: { width: number; height: number }, filters: Filters): ColourPlan {
  const transfer = video.colour.transfer
  if (transfer === 'smpte2084' || transfer === 'arib-std-b67') return toneMapPlan(video, transfer, size, filters)
  return standardPlan(video, size, filters)
}

function scaled(size: { width: number; height: number }, video: VideoStream, matrixOut: string | null): string {
  const range = isRgb(video) ? '' : `:in_range=${video.colour.range === 'full' ? 'full' : 'limited'}`
  return `scale=${size.width}:${size.height}:flags=bicubic${range}:out_range=limited${matrixOut ? `:out_color_matrix=${matrixOut}` : ''}`
}

function standardPlan(video: VideoStream, size: { width: number; height: number }, filters: Filters): ColourPlan {
  const plan = { assumed: null, toneMapped: null, warnings: [] }
  if (isRgb(video)) return { ...plan, filters: [scaled(size, video, 'bt709'), 'format=yuv420p'] }
  const { matrix, primaries, assumed } = sourceColour(video)
  const isAlready = matrix === 'bt709' && primaries === 'bt709'
  const base = [scaled(size, video, null), 'format=yuv420p']
  if (isAlready) return { ...plan, assumed, filters: base }
  if (!filters.has('colorspace')) {
    const fallback = `scale=in_color_matrix=${matrix === 'bt2020ncl' ? 'bt2020' : 'bt601'}:out_color_matrix=bt709`
    return {
      ...plan,
      assumed,
      filters: [...base, fallback],
      warnings: ['this ffmpeg cannot convert colour primaries; they are kept as they are'],
    }
  }
  // Gamma-correct primaries cost as much as the encode: done where the file names them, not for a guess.
  const fast = video.colour.primaries === null ? ':fast=1' : ''
  const from = `ispace=${matrix}:iprimaries=${primaries}:itrc=bt709:irange=tv`
  return { ...plan, assumed, filters: [...base, `colorspace=${from}:space=bt709:primaries=bt709:trc=bt709:range=tv:format=yuv420p${fast}`] }
}

/** Tags where there are any; else by size, as players guess: over 576 lines or 1279 columns is BT.709. */
function sourceColour(video: VideoStream): { matrix: string; primaries: string; assumed: string | null } {
  const bySize = guessBySize(video)
  const matrix = MATRICES[video.colour.matrix ?? '']
  const primaries = PRIMARIES[video.colour.primaries ?? ''] ?? (matrix ? primariesOf(matrix) : undefined)
  const assumed = video.colour.matrix === null ? bySize.name : null
  return { matrix: matrix ?? (video.colour.matrix === null ? bySize.matrix : 'bt709'), primaries: primaries ?? bySize.primaries, assumed }
}

const primariesOf = (matrix: string): string | undefined => (matrix === 'bt2020ncl' ? 'bt2020' : PRIMARIES[matrix])

function guessBySize({ width, height }: VideoStream): { matrix: string; primaries: string; name: string } {
  if (width >= 1_280 || height > 576) {
    // D-10 is coded with its blanking.
    if (width !== 720 || height !== 608) return { matrix: 'bt709', primaries: 'bt709', name: 'BT.709, by size' }
  }
  if ([480, 486, 512, 240].includes(height)) return { matrix: 'smpte170m', primaries: 'smpte170m', name: 'BT.601, 525 lines, by size' }
  return { matrix: 'bt470bg', primaries: 'bt470bg', name: 'BT.601, 625 lines, by size' }
}

function toneMapPlan(video: VideoStream, transfer: string, size: { width: number; height: number }, filters: Filters): ColourPlan {
  const toneMapped = transfer === 'smpte2084' ? 'PQ' : 'HLG'
  const plan = { assumed: null, toneMapped, warnings: [] } as const
  if (!filters.has('zscale') || !filters.has('tonemap')) {
    const warnings = [`this ffmpeg cannot map ${toneMapped} to standard range: the proxy looks flat`]
    return { ...plan, toneMapped: null, filters: [scaled(size, video, null), 'format=yuv420p'], warnings }
  }
  const primaries = video.colour.primaries === 'smpte432' || video.colour.primaries === 'smpte431' ? video.colour.primaries : 'bt2020'
  const matrix = video.colour.matrix === 'bt709' ? 'bt709' : 'bt2020nc'
  const range = video.colour.range === 'full' && !isRgb(video) ? 'full' : 'limited'
  // zscale of 2018 finds no way from RGB: swscale makes it Y'CbCr first.
  const toMatrix = isRgb(video) ? ':out_color_matrix=bt2020:out_range=limited' : ''
  return {
    ...plan,
    warnings: [],
    filters: [
      `scale=${size.width}:${size.height}:flags=bicubic${toMatrix}`,
      `format=${isRgb(video) ? 'yuv444p10le' : 'yuv420p10le'}`,
      `zscale=tin=${transfer}:min=${matrix}:pin=${primaries}:rin=${range}:t=linear:npl=100:m=${matrix}:p=${primaries}`,
      'format=gbrpf32le',
      'zscale=p=bt709',
      'tonemap=tonemap=hable:desat=0',
      'zscale=t=bt709:m=bt709:r=limited',
      'format=yuv420p',
    ],
  }
}
