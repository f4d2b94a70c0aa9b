import type { Peaks } from './peaks.ts'

const HEADER_BYTES = 24
const VERSION = 2

/**
 * Peaks as an audiowaveform data file, version 2, 16 bit, as the BBC's tools and peaks.js read it
 * (https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md). All little-endian: int32 version, uint32 flags (bit 0 set means
 * 8 bit), int32 sample rate, int32 samples in a bucket, uint32 buckets, int32 channels; then for each bucket and channel int16 min, int16 max.
 */
export function encodePeaksDat(peaks: Peaks): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + peaks.values.length * 2)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, VERSION, true)
  view.setUint32(4, 0, true)
  view.setInt32(8, peaks.sampleRate, true)
  view.setInt32(12, peaks.samplesPerBucket, true)
  view.setUint32(16, peaks.buckets, true)
  view.setInt32(20, peaks.channels, true)
  peaks.values.forEach((value, i) => view.setInt16(HEADER_BYTES + i * 2, value, true))
  return bytes
}

/** Throws when the bytes are not such a file. */
export function decodePeaksDat(bytes: Uint8Array): Peaks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES || view.getInt32(0, true) !== VERSION || view.getUint32(4, true) !== 0)
    throw new Error('not a 16-bit peaks file')
  const buckets = view.getUint32(16, true)
  const channels = view.getInt32(20, true)
  if (bytes.length !== HEADER_BYTES + buckets * channels * 4) throw new Error('the peaks file is not whole')
  const values = Int16Array.from({ length: buckets * channels * 2 }, (_, i) => view.getInt16(HEADER_BYTES + i * 2, true))
  return { channels, sampleRate: view.getInt32(8, true), samplesPerBucket: view.getInt32(12, true), buckets, values }
}
