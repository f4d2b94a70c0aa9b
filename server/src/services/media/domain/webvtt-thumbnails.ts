import type { TilePlace } from './sheet-layout.ts'

/**
 * The WebVTT track that players read scrubbing pictures from: one cue for every picture up to the next, each naming a rectangle of a
 * sheet as a media fragment (`#xywh`). Times count from the first frame.
 */
export function thumbnailsVtt(tiles: readonly { timeUs: number; place: TilePlace }[], durationUs: number): string {
  const cues = tiles.map(({ timeUs, place }, i) => {
    const end = tiles[i + 1]?.timeUs ?? Math.max(durationUs, timeUs + 1_000_000)
    return `${vttTime(i === 0 ? 0 : timeUs)} --> ${vttTime(end)}\n${place.sheet}#xywh=${place.x},${place.y},${place.width},${place.height}\n`
  })
  return ['WEBVTT\n', ...cues].join('\n')
}

/** `hh:mm:ss.mmm`, rounded down so that a cue never begins after its frame is shown. */
export function vttTime(timeUs: number): string {
  const ms = Math.max(0, Math.floor(timeUs / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`
}
