/** One picture of ffmpeg's `metadata=print` file, whose time base is a microsecond. */
export type PrintedFrame = { timeUs: number; sceneScore: number; cut: boolean }

/** Scene change from which a frame counts as a cut, of 1. */
export const CUT_SCORE_MIN = 0.3

/** Reads the file; times are on ffmpeg's clock. A line cut off by the end of the file is left out. */
export function parsePrintedFrames(text: string): PrintedFrame[] {
  const frames: PrintedFrame[] = []
  for (const line of text.split('\n')) {
    const frame = /^frame:\s*\d+\s+pts:\s*(-?\d+)\s/.exec(line)
    if (frame !== null) frames.push({ timeUs: Number(frame[1]), sceneScore: 0, cut: false })
    const score = /^lavfi\.scene_score=([\d.]+)/.exec(line)
    const last = frames.at(-1)
    if (score === null || last === undefined) continue
    last.sceneScore = Number(score[1])
    last.cut = last.sceneScore > CUT_SCORE_MIN
  }
  return frames
}
