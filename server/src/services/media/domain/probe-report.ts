import { z } from 'zod'

const Tags = z.record(z.string(), z.string()).default({})
const SideData = z.looseObject({ side_data_type: z.string().default('') })
const Whole = z.coerce.number().int().catch(0)

const ReportStream = z.looseObject({
  index: z.number(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  profile: z.string().optional(),
  level: z.number().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  field_order: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  color_transfer: z.string().optional(),
  color_primaries: z.string().optional(),
  closed_captions: z.number().optional(),
  bits_per_raw_sample: z.string().optional(),
  bits_per_sample: z.number().optional(),
  sample_fmt: z.string().optional(),
  sample_rate: z.string().optional(),
  channels: z.number().optional(),
  channel_layout: z.string().optional(),
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  time_base: z.string().optional(),
  start_time: z.string().optional(),
  duration: z.string().optional(),
  bit_rate: z.string().optional(),
  nb_frames: z.string().optional(),
  disposition: z.record(z.string(), z.number()).default({}),
  tags: Tags,
  side_data_list: z.array(SideData).default([]),
})
export type ReportStream = z.infer<typeof ReportStream>

const ReportFrame = z.looseObject({
  media_type: z.string().optional(),
  stream_index: z.number().optional(),
  pts: Whole.optional(),
  best_effort_timestamp: Whole.optional(),
  interlaced_frame: z.number().default(0),
  top_field_first: z.number().default(0),
  side_data_list: z.array(SideData).default([]),
})
export type ReportFrame = z.infer<typeof ReportFrame>

/** What ffprobe writes with `-show_format -show_streams -show_frames -of json`, as far as it is read here. */
export const ProbeReport = z.object({
  format: z
    .looseObject({
      format_name: z.string().optional(),
      duration: z.string().optional(),
      start_time: z.string().optional(),
      bit_rate: z.string().optional(),
      tags: Tags,
    })
    .default({ tags: {} }),
  streams: z.array(ReportStream).default([]),
  frames: z.array(ReportFrame).default([]),
})
export type ProbeReport = z.infer<typeof ProbeReport>

export type Packet = { stream: number; pts: number | null; dts: number | null; duration: number | null; discarded: boolean }

/** One line of `-show_entries packet=stream_index,pts,dts,duration,flags -of csv=p=0`; null for what is no packet. */
export function parsePacket(line: string): Packet | null {
  const match = /^(\d+),(-?\d+|N\/A),(-?\d+|N\/A),(\d+|N\/A),([A-Z_]+)/.exec(line)
  if (!match) return null
  const [stream, pts, dts, duration] = match.slice(1, 5).map((text) => (text === 'N/A' ? null : Number(text)))
  return {
    stream: stream as number,
    pts: pts ?? null,
    dts: dts ?? null,
    duration: duration ?? null,
    discarded: (match[5] as string).includes('D'),
  }
}

/** Seconds as ffprobe writes them, in whole microseconds; null for `N/A`. */
export function microseconds(text: string | undefined): number | null {
  const seconds = Number(text)
  return text === undefined || !Number.isFinite(seconds) ? null : Math.round(seconds * 1e6)
}

export function wholeNumber(text: string | undefined): number | null {
  const value = Number(text)
  return text === undefined || !Number.isSafeInteger(value) || value <= 0 ? null : value
}
