/** A lane of the timeline: one channel of the source. Solo wins over mute. */
export type Switch = { mute: boolean; solo: boolean }

export const OPEN: Switch = { mute: false, solo: false }

/** Whether each lane is heard. */
export function audible(switches: readonly Switch[]): boolean[] {
  const anySolo = switches.some(({ solo }) => solo)
  return switches.map(({ mute, solo }) => (anySolo ? solo : !mute))
}

/** Where a lane can be heard alone: a channel of the proxy's own sound (`source` 0) or of the stereo file beside it (from 1). */
export type Place = { source: number; channels: readonly number[] }

/**
 * Finds the lanes in the stereo files that the proxy has: pair by pair, or one file a lane; with no files beside, in the proxy's own sound. Null
 * where they cannot be told apart, for example a surround track folded down beside others.
 */
export function placeLanes(lanes: number, files: number): readonly Place[] | null {
  const each = (place: (lane: number) => Place) => Array.from({ length: lanes }, (_, lane) => place(lane))
  if (files === 0) {
    if (lanes === 1) return [{ source: 0, channels: [0, 1] }]
    return lanes === 2 ? each((lane) => ({ source: 0, channels: [lane] })) : null
  }
  if (lanes === files) return each((lane) => ({ source: lane + 1, channels: [0, 1] }))
  return lanes === files * 2 ? each((lane) => ({ source: 1 + Math.floor(lane / 2), channels: [lane % 2] })) : null
}

/** For each source, how loud its two channels are in the left and right ear: 0 or 1. */
export type Mix = readonly { left: readonly [number, number]; right: readonly [number, number] }[]

const SILENT = { left: [0, 0], right: [0, 0] } as const
const STEREO = { left: [1, 0], right: [0, 1] } as const

/** The mix for the switches: the monitor while nothing is switched, else what is heard; a single channel goes to both ears. */
export function mixOf(switches: readonly Switch[], places: readonly Place[] | null, sources: number): Mix {
  const all = Array.from({ length: sources }, (_, source) => source)
  if (!places || switches.every(({ mute, solo }) => !mute && !solo)) return all.map((source) => (source === 0 ? STEREO : SILENT))
  const heard = audible(switches)
  const lone = heard.filter(Boolean).length === 1
  return all.map((source) => {
    const on = [0, 0]
    places.forEach((place, lane) => {
      if (place.source === source && heard[lane]) for (const channel of place.channels) on[channel] = 1
    })
    const [l = 0, r = 0] = on
    const isOneChannel = lone && l + r === 1
    return isOneChannel ? { left: [l, r], right: [l, r] } : { left: [l, 0], right: [0, r] }
  })
}
