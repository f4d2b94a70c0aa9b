import { CapstanError } from '../../lib/errors.ts'
import type { ToolName } from '../../services/media/ports/media-tools.ts'

export type ToolEnd = { tool: ToolName; exitCode: number | null; signal: NodeJS.Signals | null; stderrTail: string }

const OURS =
  /Unrecognized option|Option .* not found|No such filter|Unknown (encoder|decoder|input format|bitstream filter)|Requested output format|Error (parsing|splitting) the argument|Invalid argument list|Cannot find a matching stream for unlabeled|matches no streams|sandbox:|unshare:|^mount:|Unable to find a suitable output format|cannot execute|error while loading shared libraries/im
const MEMORY = /Cannot allocate memory|Out of memory/i

/** A tool that ended badly, as callers may branch on it: by exit code and signal, and by ffmpeg's own words, for it has no codes. */
export function toolFailure(end: ToolEnd): CapstanError {
  const details = { tool: end.tool, exitCode: end.exitCode, signal: end.signal, stderrTail: end.stderrTail }
  if (/No space left on device|Disk quota exceeded/i.test(end.stderrTail))
    return new CapstanError('no_space', 'the disk is full', { details })
  if (end.signal === 'SIGXCPU') return new CapstanError('timeout', `${end.tool} used more processor time than it may`, { details })
  if (end.signal === 'SIGXFSZ') return new CapstanError('invalid', `${end.tool} would have written a larger file than it may`, { details })
  if (end.signal === 'SIGKILL' || end.signal === 'SIGTERM')
    return new CapstanError('internal', `${end.tool} was killed from outside`, { details })
  if (end.signal) return new CapstanError('invalid', `${end.tool} crashed on this file (${end.signal})`, { details })
  if (OURS.test(end.stderrTail))
    return new CapstanError('internal', `${end.tool} refused its arguments: ${lastLine(end.stderrTail)}`, { details })
  if (MEMORY.test(end.stderrTail))
    return new CapstanError('invalid', `${end.tool} needs more memory for this file than it may have`, { details })
  return new CapstanError('invalid', `${end.tool} could not read this file: ${lastLine(end.stderrTail)}`, { details })
}

/** The last line that says something, without ffmpeg's `[demuxer @ 0x…]` and without our neutral names. */
function lastLine(text: string): string {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) =>
      line
        .replace(/^\[[^\]]*\]\s*/, '')
        .replace(/^(file:)?\/in\/\d+: /, '')
        .trim(),
    )
    .filter((line) => line !== '' && line !== 'Conversion failed!')
  return lines.at(-1)?.slice(0, 300) ?? 'it gave no reason'
}
