import type { ToolProgress } from '../../services/media/ports/media-tools.ts'

/** Takes ffmpeg's `-progress` stream in any chunks and reports once a block. */
export function progressReader(report: (progress: ToolProgress) => void): (chunk: Buffer) => void {
  let rest = ''
  let block: Record<string, string> = {}
  return (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = line.indexOf('=')
      const key = line.slice(0, at)
      block[key] = line.slice(at + 1).trim()
      if (key !== 'progress') continue
      report(progressOf(block))
      block = {}
    }
  }
}

/** `out_time_ms` holds microseconds too: an old slip that ffmpeg keeps, and all that the build of 2018 has. */
const progressOf = (block: Record<string, string>): ToolProgress => ({
  outTimeUs: numberOf(block['out_time_us'] ?? block['out_time_ms']),
  frame: numberOf(block['frame']),
  speed: numberOf(block['speed']?.replace('x', '')),
})

function numberOf(text: string | undefined): number | null {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value
}
