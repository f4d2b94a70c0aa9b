import type { StartTimecode, Technical } from '@capstan/contract/technical'
import { canDropFrames, looksDropFrame, parseTimecode } from '@capstan/contract/timecode'
import { mainVideo } from './technical.ts'

/** One track as MediaInfo describes it; every value is text. */
export type OpinionTrack = Readonly<Record<string, string>>

/**
 * Whether MediaInfo may know more than ffprobe: it tells the packages of an MXF apart, reads Dolby Vision that a build of 2018 does not know, and
 * sees pulldown in what is flagged interlaced at 29.97. For everything else a process more is not worth its 0.2 s.
 */
export function wantsSecondOpinion(technical: Technical, legacyTools: boolean): boolean {
  const video = mainVideo(technical)
  if (!video) return false
  if (technical.format.container === 'mxf') return true
  if (legacyTools && (video.codec === 'hevc' || video.codec === 'av1') && video.dolbyVisionProfile === null) return true
  const isThirty = video.rate !== null && Math.abs(video.rate.num / video.rate.den - 30) < 0.1
  return isThirty && video.scan.startsWith('interlaced')
}

/** The facts with what MediaInfo adds; where the two disagree a sentence says so. */
export function withSecondOpinion(technical: Technical, tracks: readonly OpinionTrack[]): Technical {
  return [withDolbyVision, withPackageTimecodes, withPulldown].reduce((known, add) => add(known, tracks), technical)
}

const videoTracks = (tracks: readonly OpinionTrack[]) => tracks.filter((track) => track['@type'] === 'Video')

/** `dvhe.05`, `dav1.10`; several layers are parted by slashes, the base first. */
function withDolbyVision(technical: Technical, tracks: readonly OpinionTrack[]): Technical {
  const video = technical.video.map((stream, index) => {
    const track = videoTracks(tracks)[index]
    const profile = Number(/\bd(?:vhe|vh1|va1|vav|av1|vc1)\.(\d{2})/.exec(track?.['HDR_Format_Profile'] ?? '')?.[1] ?? Number.NaN)
    if (Number.isNaN(profile) || stream.dolbyVisionProfile !== null) return stream
    return { ...stream, dolbyVisionProfile: profile, hdr: `Dolby Vision ${profile}` }
  })
  return { ...technical, video }
}

const PACKAGES: Readonly<Record<string, string>> = { Material: 'MXF material package', Source: 'MXF source package' }

/** The material package is what plays, so its timecode leads; the source package remembers the tape. */
function withPackageTimecodes(technical: Technical, tracks: readonly OpinionTrack[]): Technical {
  const rate = mainVideo(technical)?.rate
  if (technical.format.container !== 'mxf' || !rate) return technical
  const found = tracks.flatMap((track): StartTimecode[] => {
    const label = track['TimeCode_FirstFrame']
    const source =
      PACKAGES[/-(Material|Source)$/.exec(track['ID'] ?? '')?.[1] ?? ''] ?? (track['MuxingMode'] === 'SDTI' ? 'MXF system item' : null)
    if (track['@type'] !== 'Other' || label === undefined || source === null) return []
    const dropFrame = looksDropFrame(label) && canDropFrames(rate)
    return parseTimecode(label, { rate, dropFrame }) === null ? [] : [{ label, rate, dropFrame, source }]
  })
  const others = technical.format.timecodes.filter(({ source }) => !found.some((timecode) => timecode.source === source))
  const bySource = (source: string) => found.find((timecode) => timecode.source === source)
  const [material, source] = [bySource('MXF material package'), bySource('MXF source package')]
  const disagree = material && source && material.label !== source.label
  return {
    ...technical,
    format: { ...technical.format, timecodes: [...found, ...others], startTimecode: material ?? technical.format.startTimecode },
    warnings: disagree
      ? [...technical.warnings, `the MXF material package starts at ${material.label}, its source package at ${source.label}`]
      : technical.warnings,
  }
}

function withPulldown(technical: Technical, tracks: readonly OpinionTrack[]): Technical {
  const said = videoTracks(tracks).map((track) => `${track['ScanOrder'] ?? ''} ${track['ScanType_Original'] ?? ''}`)[0] ?? ''
  if (/pulldown/i.test(said))
    return {
      ...technical,
      warnings: [
        ...technical.warnings,
        `the picture carries pulldown (${said.trim()}): it was film once, and is deinterlaced here as video`,
      ],
    }
  if (!/progressive/i.test(said) || !mainVideo(technical)?.scan.startsWith('interlaced')) return technical
  return {
    ...technical,
    warnings: [...technical.warnings, 'the picture is flagged interlaced, and as progressive in segmented frames (PsF)'],
  }
}
