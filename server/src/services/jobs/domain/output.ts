import type { JobOutput } from './executor.ts'

export const OUTPUT_BYTES_MAX = 65_536
const WARNINGS_MAX = 50
const WARNING_LENGTH_MAX = 500

/** An output as it is kept and sent: JSON of at most 64 KiB. A larger one is left out and says so; its warnings stay. */
export function boundOutput(output: JobOutput): JobOutput {
  const json = JSON.stringify(output)
  if (json.length * 3 <= OUTPUT_BYTES_MAX) return output
  const sizeBytes = Buffer.byteLength(json)
  if (sizeBytes <= OUTPUT_BYTES_MAX) return output
  const warnings = warningsOf(output)
  return {
    ...(warnings.length > 0 ? { warnings } : {}),
    omitted: `the output was ${sizeBytes} bytes, more than the ${OUTPUT_BYTES_MAX} that are kept`,
  }
}

export const warningsOf = (output: JobOutput): string[] =>
  (Array.isArray(output.warnings) ? output.warnings : [])
    .slice(0, WARNINGS_MAX)
    .map((warning) => String(warning).slice(0, WARNING_LENGTH_MAX))
