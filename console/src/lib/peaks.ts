/** Peaks of a waveform: for each bucket and channel the lowest and highest sample, -32768 to 32767. */
export type Peaks = {
  channels: number
  sampleRate: number
  samplesPerBucket: number
  buckets: number
  at(bucket: number, channel: number): readonly [number, number]
}

const HEADER_BYTES = 24

/**
 * Reads an audiowaveform data file, versions 1 and 2, 8 and 16 bit
 * (https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md). Throws when it is none.
 */
export function parsePeaks(buffer: ArrayBuffer): Peaks {
  const view = new DataView(buffer)
  const version = buffer.byteLength >= 20 ? view.getInt32(0, true) : 0
  if (version !== 1 && version !== 2) throw new Error('not a waveform data file')
  const eightBit = (view.getUint32(4, true) & 1) === 1
  const channels = version === 2 ? view.getInt32(20, true) : 1
  const start = version === 2 ? HEADER_BYTES : HEADER_BYTES - 4
  const size = eightBit ? 1 : 2
  const buckets = Math.min(view.getUint32(16, true), Math.floor((buffer.byteLength - start) / (channels * 2 * size)))
  const value = (index: number): number => (eightBit ? view.getInt8(start + index) * 256 : view.getInt16(start + index * 2, true))
  return {
    channels,
    sampleRate: view.getInt32(8, true),
    samplesPerBucket: view.getInt32(12, true),
    buckets,
    at: (bucket, channel) => [value((bucket * channels + channel) * 2), value((bucket * channels + channel) * 2 + 1)],
  }
}

/** The lowest and highest of a stretch of buckets, for one column of pixels. */
export function extremes(peaks: Peaks, channel: number, from: number, to: number): readonly [number, number] {
  let low = 0
  let high = 0
  const last = Math.min(peaks.buckets, Math.max(to, from + 1))
  for (let bucket = Math.max(0, from); bucket < last; bucket++) {
    const [min, max] = peaks.at(bucket, channel)
    if (min < low) low = min
    if (max > high) high = max
  }
  return [low, high]
}
