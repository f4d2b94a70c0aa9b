import type { Scan } from '@capstan/contract/technical'

/** What ffmpeg's `idet` counted over some stretches (multi-frame detection). */
export type FieldCount = { tff: number; bff: number; progressive: number; undetermined: number }

const NONE: FieldCount = { tff: 0, bff: 0, progressive: 0, undetermined: 0 }

export const addFieldCounts = (counts: readonly FieldCount[]): FieldCount =>
  counts.reduce(
    (sum, count) => ({
      tff: sum.tff + count.tff,
      bff: sum.bff + count.bff,
      progressive: sum.progressive + count.progressive,
      undetermined: sum.undetermined + count.undetermined,
    }),
    NONE,
  )

/** Reads idet's summary line. */
export function parseIdet(stderr: string): FieldCount {
  const match = /Multi frame detection:\s*TFF:\s*(\d+)\s*BFF:\s*(\d+)\s*Progressive:\s*(\d+)\s*Undetermined:\s*(\d+)/.exec(stderr)
  if (!match) return NONE
  const [tff, bff, progressive, undetermined] = match.slice(1).map(Number) as [number, number, number, number]
  return { tff, bff, progressive, undetermined }
}

/** ffmpeg's field_order is coded order then displayed order: the second letter is the first field shown. */
export function scanOfHeader(
  fieldOrder: string | undefined,
  frames: readonly { interlaced_frame: number; top_field_first: number }[],
): Scan {
  const interlaced = frames.filter((frame) => frame.interlaced_frame === 1)
  if (interlaced.length * 2 > frames.length) return (interlaced[0]?.top_field_first ?? 0) === 1 ? 'interlaced-tff' : 'interlaced-bff'
  if (fieldOrder === 'tt' || fieldOrder === 'bt') return 'interlaced-tff'
  if (fieldOrder === 'bb' || fieldOrder === 'tb') return 'interlaced-bff'
  if (fieldOrder === 'progressive') return 'progressive'
  return 'unknown'
}

const TELEVISION_LINES = new Set([480, 486, 512, 576, 608, 1_080])

/** Whether the picture itself must be looked at: flagged interlaced (PsF is too), or not flagged at all in a format of television. */
export const isDoubtful = (scan: Scan, height: number): boolean =>
  scan.startsWith('interlaced') || (scan === 'unknown' && TELEVISION_LINES.has(height))

/** What the measurement makes of the header's word. A still scene measures progressive, so few interlaced frames are proof enough. */
export function scanMeasured(header: Scan, count: FieldCount): { scan: Scan; measured: boolean } {
  const interlaced = count.tff + count.bff
  const decided = interlaced + count.progressive
  if (decided < 10) return { scan: header === 'unknown' ? 'progressive' : header, measured: false }
  if (interlaced / decided < 0.02) return { scan: 'progressive', measured: true }
  if (header === 'unknown' && interlaced / decided < 0.2) return { scan: 'progressive', measured: true }
  if (count.tff > count.bff * 4) return { scan: 'interlaced-tff', measured: true }
  if (count.bff > count.tff * 4) return { scan: 'interlaced-bff', measured: true }
  return { scan: header === 'unknown' ? 'interlaced-tff' : header, measured: false }
}
