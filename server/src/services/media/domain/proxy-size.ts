import type { VideoStream } from '@capstan/contract/technical'

export const PROXY_LINES_MAX = 540

/** As seen, square pixels, at most 540 lines, never larger than the source, both sides even (4:2:0). */
export function proxySize({ displayWidth, displayHeight }: Pick<VideoStream, 'displayWidth' | 'displayHeight'>): {
  width: number
  height: number
} {
  const [width, height] = [Math.max(1, displayWidth), Math.max(1, displayHeight)]
  if (height <= PROXY_LINES_MAX) return { width: evenBelow(width), height: evenBelow(height) }
  return { width: Math.max(2, 2 * Math.round((width * PROXY_LINES_MAX) / height / 2)), height: PROXY_LINES_MAX }
}

const evenBelow = (value: number): number => Math.max(2, value - (value % 2))
