import { expect, test } from 'vitest'
import type { AudioStream } from '@capstan/contract/technical'
import { audioGraph, planAudio } from './audio-map.ts'

const stream = (index: number, channels: number, more: Partial<AudioStream> = {}): AudioStream => ({
  index,
  channels,
  codec: 'pcm_s24le',
  profile: null,
  layout: null,
  sampleRate: 48_000,
  bitDepth: 24,
  durationUs: null,
  startUs: 0,
  bitRate: null,
  language: null,
  title: null,
  ...more,
})
const mono = (count: number): AudioStream[] => Array.from({ length: count }, (_, index) => stream(index + 1, 1))
const labels = (streams: AudioStream[]) => planAudio(streams)?.tracks.map((track) => track.label)

test('stereo and mono are heard as they are, with no tracks beside', () => {
  expect(planAudio([])).toBeNull()
  expect(planAudio([stream(0, 2)])).toMatchObject({ monitorLabel: 'Stereo', tracks: [] })
  expect(planAudio([stream(0, 1)])).toMatchObject({ monitor: { kind: 'pair', left: { channel: 0 }, right: { channel: 0 } }, tracks: [] })
  expect(planAudio(mono(2))).toMatchObject({ monitor: { left: { stream: 1 }, right: { stream: 2 } }, tracks: [] })
})

test('8 and 16 mono tracks are pairs, the first is the mix', () => {
  expect(planAudio(mono(8))?.monitor).toMatchObject({ left: { stream: 1 }, right: { stream: 2 } })
  expect(labels(mono(8))).toEqual(['Tracks 1 and 2', 'Tracks 3 and 4', 'Tracks 5 and 6', 'Tracks 7 and 8'])
  expect(labels(mono(16))).toHaveLength(8)
  expect(labels(mono(3))).toEqual(['Tracks 1 and 2', 'Track 3'])
})

test('one stream of 16 unnamed channels is eight pairs', () => {
  expect(labels([stream(1, 16)])?.at(-1)).toBe('Channels 15 and 16')
  expect(planAudio([stream(1, 16)])?.monitor).toMatchObject({ kind: 'pair', left: { channel: 0 }, right: { channel: 1 } })
})

test('5.1 is folded down, unless a stereo mix stands beside it', () => {
  expect(planAudio([stream(1, 6, { layout: '5.1(side)' })])).toMatchObject({ monitor: { kind: 'downmix', layout: '5.1' } })
  const both = planAudio([stream(1, 6, { layout: '5.1' }), stream(2, 2)])
  expect(both?.monitor).toMatchObject({ kind: 'pair', left: { stream: 2 } })
  expect(both?.tracks).toHaveLength(4)
})

test('mono tracks of several languages are programmes of their own', () => {
  expect(labels([stream(1, 1, { language: 'eng' }), stream(2, 1, { language: 'fra' }), stream(3, 1, { language: 'deu' })])).toEqual([
    'eng',
    'fra',
    'deu',
  ])
})

test('a stream that is used twice is split, one that starts late is padded, the picture shifts it', () => {
  const map = planAudio([stream(1, 4)])
  const graph = audioGraph([map!.monitor, ...map!.tracks.map((track) => track.source)], ['monitor', 'track1', 'track2'], 40_000)
  expect(graph).toContain('[0:1]asetpts=PTS-(40000/1000000)/TB,aresample=48000:async=1:first_pts=0,asplit=3[s1_0][s1_1][s1_2]')
  expect(graph).toContain('[s1_2]pan=stereo|c0=c2|c1=c3[track2]')
})
