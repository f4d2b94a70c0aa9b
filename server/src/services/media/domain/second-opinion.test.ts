import { expect, test } from 'vitest'
import type { Technical, VideoStream } from '@capstan/contract/technical'
import { wantsSecondOpinion, withSecondOpinion } from './second-opinion.ts'

const RATE = { num: 25, den: 1 }
const technical = (container: string, video: Partial<VideoStream>, label?: string) => {
  const start = label ? { label, rate: RATE, dropFrame: false, source: 'MXF material package' } : null
  return {
    format: { container, timecodes: start ? [start] : [], startTimecode: start },
    video: [
      { codec: 'mpeg2video', rate: RATE, scan: 'progressive', attachedPicture: false, dolbyVisionProfile: null, hdr: null, ...video },
    ],
    warnings: [] as string[],
  } as unknown as Technical
}
const other = (id: string, label: string) => ({ '@type': 'Other', ID: id, TimeCode_FirstFrame: label })

test('it is asked only where it may know more', () => {
  expect(wantsSecondOpinion(technical('mp4', { codec: 'h264' }), true)).toBe(false)
  expect(wantsSecondOpinion(technical('mxf', {}), false)).toBe(true)
  expect(wantsSecondOpinion(technical('mp4', { codec: 'hevc' }), false)).toBe(false)
  expect(wantsSecondOpinion(technical('mp4', { codec: 'hevc' }), true)).toBe(true)
  expect(wantsSecondOpinion(technical('mov', { scan: 'interlaced-tff', rate: { num: 30_000, den: 1_001 } }), false)).toBe(true)
})

test('the timecodes of both MXF packages are listed, the material package leads, a difference is said', () => {
  const known = withSecondOpinion(technical('mxf', {}, '10:00:00:00'), [
    other('1-Material', '10:00:00:00'),
    other('1-Source', '01:02:03:04'),
  ])
  expect(known.format.timecodes.map(({ source, label }) => `${source} ${label}`)).toEqual([
    'MXF material package 10:00:00:00',
    'MXF source package 01:02:03:04',
  ])
  expect(known.format.startTimecode?.label).toBe('10:00:00:00')
  expect(known.warnings).toEqual(['the MXF material package starts at 10:00:00:00, its source package at 01:02:03:04'])
})

test('a Dolby Vision profile is taken where ffprobe has none, and never changed where it has', () => {
  const track = { '@type': 'Video', HDR_Format: 'Dolby Vision', HDR_Format_Profile: 'dvhe.05' }
  expect(withSecondOpinion(technical('mp4', {}), [track]).video[0]).toMatchObject({ dolbyVisionProfile: 5, hdr: 'Dolby Vision 5' })
  expect(withSecondOpinion(technical('mp4', { dolbyVisionProfile: 8 }), [track]).video[0]?.dolbyVisionProfile).toBe(8)
})

test('pulldown and segmented frames are hints', () => {
  const said = (track: Record<string, string>) =>
    withSecondOpinion(technical('mov', { scan: 'interlaced-tff' }), [{ '@type': 'Video', ...track }]).warnings
  expect(said({ ScanOrder: '2:3 Pulldown' })).toEqual([expect.stringMatching(/pulldown \(2:3 Pulldown\)/)])
  expect(said({ ScanType_Original: 'Progressive' })).toEqual([expect.stringMatching(/PsF/)])
  expect(said({ ScanOrder: 'TFF' })).toEqual([])
})
