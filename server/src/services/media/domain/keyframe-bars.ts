import type { RgbFrame } from './keyframe-frame.ts'

/**
 * Whether the upper half shows colour bars (EBU 75 or 100 %, SMPTE RP 219, ARIB): flat fields in the order that all of them share,
 * yellow cyan green magenta red blue, the same in two rows.
 */
export function hasColourBars(frame: RgbFrame): boolean {
  return [0.2, 0.4].every((height) => fieldsOfRow(frame, Math.floor(frame.height * height)).includes('YCGMRB'))
}

/** The fields of a row from the left, one letter each (W for any grey), those narrower than 5 % of the width left out. */
function fieldsOfRow(frame: RgbFrame, y: number): string {
  const widthMin = frame.width * 0.05
  let fields = ''
  let run = 0
  let last = ''
  for (let x = 0; x <= frame.width; x++) {
    const letter = x < frame.width ? hueLetter(frame.data, (y * frame.width + x) * 3) : ''
    if (letter === last) {
      run++
      continue
    }
    if (run >= widthMin && fields.at(-1) !== last) fields += last
    last = letter
    run = 1
  }
  return fields
}

function hueLetter(data: Uint8Array, at: number): string {
  const red = data[at]!
  const green = data[at + 1]!
  const blue = data[at + 2]!
  const most = Math.max(red, green, blue)
  const least = Math.min(red, green, blue)
  if (most - least < 70 || least > most * 0.55) return 'W'
  const middle = (most + least) / 2
  const key = (red > middle ? 4 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 1 : 0)
  return ['W', 'B', 'G', 'C', 'R', 'M', 'Y', 'W'][key]!
}
