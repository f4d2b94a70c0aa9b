import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Technical, VideoStream } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { chooseKeyframes, intoShots, pictureIntervalS, type Sighting } from '../domain/keyframe-choice.ts'
import { canToneMap, tilesFilter } from '../domain/keyframe-filters.ts'
import { frameIndexAt, pictureSource } from '../domain/keyframe-source.ts'
import { parsePrintedFrames } from '../domain/keyframe-times.ts'
import { choosePoster } from '../domain/keyframe-poster.ts'
import { placeTile, type TileSize } from '../domain/sheet-layout.ts'
import { mainVideo } from '../domain/technical.ts'
import { thumbnailsVtt } from '../domain/webvtt-thumbnails.ts'
import { inputArgs, type MediaTools } from '../ports/media-tools.ts'
import { readMadeText } from './made-files.ts'
import { makePoster } from './poster.ts'
import { SheetWriter } from './sheets.ts'
import type { MadeRendition, StepInput, StepOf } from './step.ts'

const PRINT_FILE = 'frames.txt'
const STILL_SHARE = 0.05

/** All that one pass over the film saw; `sightings` are in time order and have a tile each. */
/** `made` says with which command and ffmpeg. */
type Survey = { sightings: Sighting[]; tile: TileSize; sheets: string[]; firstUs: number; made: Record<string, unknown> }
/** What every rendition of this step is made from. */
type Film = { input: StepInput; technical: Technical; video: VideoStream; survey: Survey }

/**
 * Scrubbing pictures (`thumbnails`: sheets and a WebVTT track), key frames (`keyframes`: an index into those sheets) and a `poster` in up to
 * three widths, from one pass over the film and one seek. Memory does not grow with the film. Throws `invalid` when no picture decodes.
 */
export const pictures: StepOf = (tools) => async (input) => {
  const { technical } = input
  const video = technical === null ? undefined : (mainVideo(technical) ?? technical.video[0])
  if (technical === null || technical.format.demuxer === null || video === undefined)
    throw new CapstanError('invalid', 'there is no picture in this file')
  const survey = await surveyFilm(tools, input, technical, video)
  const film: Film = { input, technical, video, survey }
  const warnings = toneMapWarnings(tools, video)
  const chosen = choosePoster(survey.sightings) ?? survey.sightings[0]!
  const poster = await makePoster(tools, {
    input,
    technical,
    video,
    atUs: survey.firstUs + chosen.timeUs,
    frame: positionOf(video, chosen.timeUs),
  })
  input.log('pictures made', { tiles: survey.sightings.length, sheets: survey.sheets.length, posterUs: chosen.timeUs })
  input.progress(1)
  if (video.attachedPicture) {
    await rm(join(input.outDir, 'thumbnails'), { recursive: true, force: true })
    return { renditions: [poster], warnings }
  }
  return {
    renditions: [poster, await finishThumbnails(film), await finishKeyframes(film, chosen)],
    warnings,
    output: { poster: poster.facts },
  }
}

function toneMapWarnings(tools: MediaTools, video: VideoStream): string[] {
  const hdr = pictureSource(video).transfer !== 'sdr'
  return hdr && !canToneMap((name) => tools.capabilities.filters.has(name))
    ? ['this ffmpeg cannot tone-map: pictures of this HDR film look flat']
    : []
}

async function surveyFilm(tools: MediaTools, input: StepInput, technical: Technical, video: VideoStream): Promise<Survey> {
  const durationUs = durationOf(technical, video)
  const work = join(input.outDir, 'survey')
  const folder = join(input.outDir, 'thumbnails')
  await mkdir(work, { recursive: true })
  await mkdir(folder, { recursive: true })
  const sheets = new SheetWriter(folder)
  const filter = tilesFilter(pictureSource(video), {
    intervalS: pictureIntervalS(durationUs === null ? null : durationUs / 1e6),
    printFile: PRINT_FILE,
    has: (name) => tools.capabilities.filters.has(name),
  })
  const args = [
    ...inputArgs(0, technical.format.demuxer!),
    ...['-map', `0:${video.index}`, '-an', '-sn', '-dn', '-vf', filter, '-vsync', '0', '-f', 'image2pipe', '-c:v', 'ppm', 'pipe:1'],
  ]
  await tools.run({
    tool: 'ffmpeg',
    args,
    inputs: [input.source.path],
    outputDir: work,
    signal: input.signal,
    timeoutMs: surveyLimitMs(durationUs),
    onProgress: ({ outTimeUs }) => {
      if (outTimeUs !== null && durationUs !== null && durationUs > 0)
        input.progress(Math.max(0, Math.min(1, outTimeUs / durationUs)) * (1 - STILL_SHARE))
    },
    onStdout: (chunk) => sheets.push(chunk),
  })
  const { looks, tile, names } = await sheets.finish()
  if (looks.length === 0 || tile === null) throw new CapstanError('invalid', 'no picture of this file could be decoded')
  const printed = parsePrintedFrames(await readMadeText(work, PRINT_FILE))
  await rm(work, { recursive: true, force: true })
  const firstUs = printed[0]?.timeUs ?? 0
  const sightings = looks.flatMap((look, i) => {
    const frame = printed[i]
    return frame === undefined
      ? []
      : [{ tile: i, timeUs: frame.timeUs - firstUs, cut: i === 0 || frame.cut, sceneScore: frame.sceneScore, look }]
  })
  return { sightings, tile, sheets: names, firstUs, made: { command: ['ffmpeg', ...args], ffmpeg: tools.capabilities.version } }
}

/** Twice the film's length, and never under ten minutes. */
const surveyLimitMs = (durationUs: number | null): number => Math.max(600_000, ((durationUs ?? 3_600e6) / 1000) * 2)

const durationOf = (technical: Technical, video: VideoStream): number | null => video.durationUs ?? technical.format.durationUs

/** A place in the film: the frame's index where the rate is constant, always the time since the first frame. */
function positionOf(video: VideoStream, timeUs: number): { frame: number | null; timeUs: number } {
  return { frame: frameIndexAt(video, timeUs), timeUs }
}

async function finishThumbnails({ input, technical, video, survey }: Film): Promise<MadeRendition> {
  const { sightings, tile, sheets } = survey
  const vtt = thumbnailsVtt(
    sightings.map((sighting) => ({ timeUs: sighting.timeUs, place: placeTile(sighting.tile, tile) })),
    durationOf(technical, video) ?? 0,
  )
  await writeFile(join(input.outDir, 'thumbnails', 'thumbnails.vtt'), vtt)
  return {
    kind: 'thumbnails',
    name: 'thumbnails',
    files: [{ path: 'thumbnails.vtt', mediaType: 'text/vtt' }, ...sheets.map((path) => ({ path, mediaType: 'image/jpeg' }))],
    mainFile: 'thumbnails.vtt',
    facts: { pictures: sightings.length, sheets: sheets.length, tile },
    settings: { intervalS: pictureIntervalS((durationOf(technical, video) ?? 0) / 1e6), ...survey.made },
  }
}

async function finishKeyframes({ input, video, survey }: Film, poster: Sighting): Promise<MadeRendition> {
  const keyframes = chooseKeyframes(survey.sightings)
  const index = {
    version: 1,
    rate: video.variableRate ? null : video.rate,
    sheets: { rendition: 'thumbnails', tile: survey.tile },
    poster: positionOf(video, poster.timeUs),
    keyframes: keyframes.map((sighting) => ({
      ...positionOf(video, sighting.timeUs),
      cut: sighting.cut,
      score: sighting.sceneScore,
      ...placeTile(sighting.tile, survey.tile),
    })),
  }
  const folder = join(input.outDir, 'keyframes')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'keyframes.json'), JSON.stringify(index))
  return {
    kind: 'keyframes',
    name: 'keyframes',
    files: [{ path: 'keyframes.json', mediaType: 'application/json' }],
    mainFile: 'keyframes.json',
    facts: { keyframes: keyframes.length, shots: intoShots(survey.sightings).length },
    settings: survey.made,
  }
}
