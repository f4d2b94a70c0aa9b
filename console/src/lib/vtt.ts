/** One scrubbing picture: when it holds (seconds) and where it lies on its sheet (pixels). */
export type ThumbnailCue = { start: number; end: number; sheet: string; x: number; y: number; width: number; height: number }

const seconds = (text: string): number => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

/** Reads a WebVTT track whose cues name rectangles of pictures as media fragments (`sheet.jpg#xywh=0,0,240,135`); other cues are left out. */
export function parseThumbnails(text: string): ThumbnailCue[] {
  const pattern =
    /((?:\d+:)?\d+:\d+(?:\.\d+)?)\s+-->\s+((?:\d+:)?\d+:\d+(?:\.\d+)?)[^\n]*\n([^\n#]+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)/g
  return [...text.replaceAll('\r\n', '\n').matchAll(pattern)].map(([, start = '', end = '', sheet = '', x, y, width, height]) => ({
    start: seconds(start),
    end: seconds(end),
    sheet: sheet.trim(),
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }))
}

/** The picture for a moment: the last cue that begins at or before it. */
export function cueAt(cues: readonly ThumbnailCue[], time: number): ThumbnailCue | null {
  let low = 0
  let high = cues.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((cues[middle]?.start ?? 0) <= time) low = middle
    else high = middle - 1
  }
  return cues[low] ?? null
}
