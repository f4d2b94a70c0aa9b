import type { SearchDocument } from '../domain/document.ts'

/*
 * Documents for tests and benches, made from a seed: the same seed gives the same documents everywhere. Names are as they come from cameras,
 * newsrooms and offices, in several scripts.
 */

/** A small generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const COMMON = [
  'interview',
  'news',
  'city',
  'cities',
  'mayor',
  'football',
  'final',
  'match',
  'harbour',
  'boxes',
  'café',
  'Köln',
  'São Paulo',
  'election',
  'weather',
  'report',
  'archive',
  'river',
  'bridges',
  'night',
]
const OTHER_SCRIPTS = [
  '東京都の天気',
  '北京',
  '서울 뉴스',
  'أخبار المدينة',
  'مُقابلة',
  'новости дня',
  'Ελλάδα νησί',
  'समाचार दिल्ली',
  'ข่าวกีฬา',
  'שלום עולם',
  '🎬 take',
  'Łódź Größe',
]
const FILES = [
  'GX010042.MP4',
  'A001C003_230405_R2EC.mov',
  'clip_01-final.v2.mxf',
  'MyHolidayVideo2024.mov',
  'S01E05.Pilot.1080p.mkv',
  'DJI_0007.JPG',
  'score.wav',
  'Q3-report.pdf',
  'h264_test.mp4',
  "don't_use.mov",
  'IMG 2045.HEIC',
]
const OWNERS = ['Anna Köhler', 'ben', 'Chloé', 'دانيال', 'system', 'Müller, Jörg', 'o’neil']
const TAGS = ['news', 'sport', 'New York', 'b-roll', 'Élection 2026', '東京', 'archive', 'raw', 'approved cut', 'x']
const LANGUAGES = ['eng', 'deu', 'fra', 'ara', 'jpn']
const CODECS = ['h264', 'hevc', 'prores', 'pcm_s16le', 'aac', 'mpeg2video']
const CONTAINERS = ['mov', 'mp4', 'mxf', 'wav', 'jpeg', 'pdf']
const KINDS = ['video', 'video', 'video', 'audio', 'image', 'document', 'other', 'unknown']
const FLAGS = ['archived', 'online', 'published', 'approved', 'locked']

export const CORPUS_START_MS = Date.UTC(2025, 0, 1)
const HOUR_MS = 3_600_000

/** `count` documents of account 1 (every tenth of account 2), numbered from 1. */
export function searchCorpus(count: number, seed = 1): SearchDocument[] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) => corpusDocument(i + 1, i % 10 === 9 ? 2 : 1, random))
}

function corpusDocument(number: number, accountId: number, random: () => number): SearchDocument {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const some = <T>(from: readonly T[], most: number): T[] => [
    ...new Set(Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(from))),
  ]
  const chance = (part: number): boolean => random() < part
  const kind = pick(KINDS)
  const codecs = some(CODECS, 2)
  const name = [...some(COMMON, 3), ...(chance(0.3) ? [pick(OTHER_SCRIPTS)] : []), chance(0.5) ? `Clip ${number}` : pick(FILES)].join(' ')
  const created = CORPUS_START_MS + Math.floor(random() * 400 * 24) * HOUR_MS
  return {
    accountId,
    number,
    id: `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
    revision: 1,
    text: {
      name: chance(0.03) ? `${name} ${'long name '.repeat(25)}` : name,
      originalName: pick(FILES),
      description: chance(0.5) ? [...some(COMMON, 6), pick(OTHER_SCRIPTS)].join(' ') : '',
      tags: some(TAGS, 3),
      technical: [kind, ...codecs, `${pick([25, 50, 29.97])} fps`, '1920x1080'],
      ...(kind === 'document' ? { text: Array.from({ length: 40 }, () => pick(COMMON)).join(' ') } : {}),
    },
    keywords: {
      kind: [kind],
      codec: codecs,
      container: [pick(CONTAINERS)],
      is: [...some(FLAGS, 2), ...(chance(0.08) ? ['deleted'] : []), ...(chance(0.1) ? ['warning'] : [])],
      owner: chance(0.9) ? [pick(OWNERS)] : [],
      tag: some(TAGS, 3),
      language: some(LANGUAGES, 2),
      hdr: kind === 'video' ? [pick(['sdr', 'PQ', 'HLG'])] : [],
      scan: kind === 'video' ? [pick(['progressive', 'interlaced'])] : [],
      resolution: kind === 'video' ? [pick(['HD', 'Full HD', 'UHD'])] : [],
      workspace: some(['1', '2', '3'], 2),
    },
    numbers: {
      size: Math.floor(random() ** 4 * 5e10),
      created,
      updated: created + Math.floor(random() * 1_000) * HOUR_MS,
      ...(kind === 'video' || kind === 'audio' ? { duration: Math.floor(random() * 7_200 * 25) / 25, channels: pick([1, 2, 8]) } : {}),
      ...(kind === 'video' || kind === 'image' ? { width: pick([720, 1280, 1920, 3840]), height: pick([576, 720, 1080, 2160]) } : {}),
      ...(kind === 'video' ? { rate: pick([23.976, 25, 29.97, 50]) } : {}),
      ...(kind === 'document' ? { pages: 1 + Math.floor(random() * 200) } : {}),
    },
  }
}
