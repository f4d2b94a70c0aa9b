import { z } from 'zod'

/** An exact fraction; JSON numbers, both within 2^53. */
export const Fraction = z.object({ num: z.int(), den: z.int().positive() })
export type Fraction = z.infer<typeof Fraction>

export const MediaKind = z.enum(['video', 'audio', 'image', 'document', 'other'])
export type MediaKind = z.infer<typeof MediaKind>

export const StartTimecode = z.object({
  label: z.string(),
  rate: Fraction,
  dropFrame: z.boolean(),
  /** Where it stood: `tmcd track`, `MXF material package`, `bext time reference`, `stream tag`, `container tag`. */
  source: z.string(),
})
export type StartTimecode = z.infer<typeof StartTimecode>

export const Scan = z.enum(['progressive', 'interlaced-tff', 'interlaced-bff', 'unknown'])
export type Scan = z.infer<typeof Scan>

export const Colour = z.object({
  primaries: z.string().nullable(),
  transfer: z.string().nullable(),
  matrix: z.string().nullable(),
  range: z.enum(['limited', 'full']).nullable(),
})
export type Colour = z.infer<typeof Colour>

export const VideoStream = z.object({
  /** The container's stream index, as ffmpeg counts. */
  index: z.int().nonnegative(),
  codec: z.string(),
  profile: z.string().nullable(),
  level: z.string().nullable(),
  /** Coded picture, before rotation and before squaring the pixels. */
  width: z.int(),
  height: z.int(),
  /** As seen: square pixels, rotation applied. */
  displayWidth: z.int(),
  displayHeight: z.int(),
  sampleAspect: Fraction,
  displayAspect: Fraction,
  /** Degrees clockwise to turn the coded picture: 0, 90, 180 or 270. */
  rotation: z.int(),
  pixelFormat: z.string().nullable(),
  bitDepth: z.int().nullable(),
  chroma: z.string().nullable(),
  alpha: z.boolean(),
  /** Whole frames a second, decided from the time stamps where the header lies; null for a variable rate without a sensible mean. */
  rate: Fraction.nullable(),
  /** What the header says, as it says it. */
  averageRate: Fraction.nullable(),
  nominalRate: Fraction.nullable(),
  variableRate: z.boolean(),
  /** Holes in a constant rate: places on the grid of frames where the file has none. The proxy repeats the frame before. */
  missingFrames: z.int().nonnegative(),
  /** Seconds a tick of the container's clock for this stream. */
  timeBase: Fraction,
  frameCount: z.int().nullable(),
  frameCountSource: z.enum(['counted', 'header', 'duration']).nullable(),
  durationUs: z.int().nullable(),
  /** First picture's time on the container's clock. */
  startUs: z.int(),
  scan: Scan,
  scanSource: z.enum(['header', 'measured']).nullable(),
  colour: Colour,
  /** `PQ`, `HLG`, `HDR10`, `Dolby Vision 8`. */
  hdr: z.string().nullable(),
  dolbyVisionProfile: z.int().nullable(),
  bitRate: z.int().nullable(),
  language: z.string().nullable(),
  title: z.string().nullable(),
  attachedPicture: z.boolean(),
  /** True when 608 or 708 captions travel inside the picture stream. */
  closedCaptions: z.boolean(),
})
export type VideoStream = z.infer<typeof VideoStream>

export const AudioStream = z.object({
  index: z.int().nonnegative(),
  codec: z.string(),
  /** Channels, from 0, that carry data instead of sound, as pairs: `dolby_e`, or `s337m` for anything else in the manner of SMPTE ST 337. */
  dataChannels: z.array(z.object({ channel: z.int().nonnegative(), codec: z.enum(['dolby_e', 's337m']) })).optional(),
  profile: z.string().nullable(),
  channels: z.int(),
  layout: z.string().nullable(),
  sampleRate: z.int(),
  bitDepth: z.int().nullable(),
  durationUs: z.int().nullable(),
  startUs: z.int(),
  bitRate: z.int().nullable(),
  language: z.string().nullable(),
  title: z.string().nullable(),
})
export type AudioStream = z.infer<typeof AudioStream>

export const TextStream = z.object({
  index: z.int().nonnegative(),
  codec: z.string(),
  language: z.string().nullable(),
  title: z.string().nullable(),
  forced: z.boolean(),
})
export type TextStream = z.infer<typeof TextStream>

export const DataStream = z.object({ index: z.int().nonnegative(), codec: z.string().nullable(), handler: z.string().nullable() })
export type DataStream = z.infer<typeof DataStream>

export const Technical = z.object({
  version: z.literal(1),
  kind: MediaKind,
  format: z.object({
    /** Ours: `mov`, `mp4`, `mxf`, `matroska`, `webm`, `mpegts`, `wav`, `jpeg`, `pdf` … */
    container: z.string(),
    /** The one ffmpeg demuxer that may open it; null for what ffmpeg must never see. */
    demuxer: z.string().nullable(),
    mediaType: z.string(),
    durationUs: z.int().nullable(),
    startUs: z.int(),
    sizeBytes: z.int(),
    bitRate: z.int().nullable(),
    startTimecode: StartTimecode.nullable(),
    /** Samples since midnight at the first one (bext of EBU Tech 3285), where no rate makes a timecode of them. */
    timeReference: z.object({ samples: z.int().nonnegative(), sampleRate: z.int().positive(), source: z.string() }).nullish(),
    /** Every timecode found, the chosen one among them. */
    timecodes: z.array(StartTimecode),
    tags: z.record(z.string(), z.string()),
  }),
  video: z.array(VideoStream),
  audio: z.array(AudioStream),
  text: z.array(TextStream),
  data: z.array(DataStream),
  /** Pixels and camera facts of a still picture. */
  image: z
    .object({
      width: z.int().nullable(),
      height: z.int().nullable(),
      orientation: z.int().nullable(),
      pages: z.int().nullable(),
      exif: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  document: z.object({ pages: z.int().nullable(), title: z.string().nullable(), author: z.string().nullable() }).nullable(),
  /** Sentences about facts that disagree or could not be read. */
  warnings: z.array(z.string()),
})
export type Technical = z.infer<typeof Technical>
