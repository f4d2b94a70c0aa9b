export type Size = { width: number; height: number }
export type NamedSize = Size & { name: string }

/** Long sides of the pictures made of a still or of a page, in pixels. */
export const IMAGE_LONG_SIDES = { small: 320, medium: 1280, large: 2560 } as const
/** Widths of the pictures that stand for a film; the last is the source's own, as far as 3,840. */
export const POSTER_WIDTHS = { small: 320, medium: 960, large: 3840 } as const

/** Longest side and most pixels of a picture that is opened at all. */
export const IMAGE_SIDE_MAX = 65_535
export const IMAGE_PIXELS_MAX = 1_000_000_000

/** The sizes to make: each fits its limit and keeps the shape, none is larger than the source, none comes twice. */
export function sizesWithin(source: Size, limits: Readonly<Record<string, number>>, by: 'longSide' | 'width'): NamedSize[] {
  const sizes: NamedSize[] = []
  for (const [name, limit] of Object.entries(limits)) {
    const scale = Math.min(1, limit / (by === 'width' ? source.width : Math.max(source.width, source.height)))
    const size = { name, width: Math.max(1, Math.round(source.width * scale)), height: Math.max(1, Math.round(source.height * scale)) }
    if (sizes.at(-1)?.width !== size.width || sizes.at(-1)?.height !== size.height) sizes.push(size)
  }
  return sizes
}

/** Why a picture of this size is not opened, or null. */
export function sizeRefusal({ width, height }: Size): string | null {
  if (!(width > 0 && height > 0)) return 'the picture has no size'
  const text = `${width} x ${height} pixels`
  if (Math.max(width, height) > IMAGE_SIDE_MAX) return `${text}: a side is longer than ${IMAGE_SIDE_MAX}`
  return width * height > IMAGE_PIXELS_MAX ? `${text}: more than ${IMAGE_PIXELS_MAX / 1e6} megapixels` : null
}
