/** The stretch of a film that a timeline shows, in frames; `to` is exclusive. */
export type View = { from: number; to: number }

const NEAREST_FRAMES = 12

/** A stretch of at most the whole film and at least a few frames, moved so that it lies inside. */
export function within(view: View, frames: number): View {
  const size = Math.min(Math.max(frames, 1), Math.max(Math.min(NEAREST_FRAMES, frames), view.to - view.from))
  const from = Math.max(0, Math.min(frames - size, view.from))
  return { from, to: from + size }
}

/** Closer (`factor` below 1) or further, with the frame under the pointer staying where it is. */
export function zoomAt(view: View, frame: number, factor: number, frames: number): View {
  const share = (frame - view.from) / (view.to - view.from)
  const size = (view.to - view.from) * factor
  return within({ from: frame - share * size, to: frame + (1 - share) * size }, frames)
}

export const panBy = (view: View, by: number, frames: number): View => within({ from: view.from + by, to: view.to + by }, frames)

/** The same stretch, moved on by pages until the frame is inside. */
export function follow(view: View, frame: number, frames: number): View {
  if (frame >= view.from && frame < view.to) return view
  const size = view.to - view.from
  return within({ from: frame - size * 0.1, to: frame + size * 0.9 }, frames)
}

export const xOf = (frame: number, view: View, width: number): number => ((frame - view.from) / (view.to - view.from)) * width

export const frameOf = (x: number, view: View, width: number, frames: number): number =>
  Math.max(0, Math.min(frames - 1, Math.floor(view.from + (x / Math.max(1, width)) * (view.to - view.from))))

const TICK_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200]

/** Frames at which the ruler has a label: at least `apart` pixels from each other, on round seconds or single frames. */
export function ticks(view: View, width: number, perSecond: number, apart = 110): number[] {
  const framesApart = ((view.to - view.from) / Math.max(1, width)) * apart
  const fine = [1, 2, 5, 10].find((step) => step < perSecond && step >= framesApart)
  const step = fine ?? (TICK_SECONDS.find((seconds) => seconds * perSecond >= framesApart) ?? 14_400) * perSecond
  const first = Math.ceil(view.from / step)
  return Array.from({ length: Math.max(0, Math.floor((view.to - 1) / step) - first + 1) }, (_, i) => Math.round((first + i) * step))
}
