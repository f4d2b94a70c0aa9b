import { CapstanError } from '../../../lib/errors.ts'
import type { JobContext } from '../../jobs/api.ts'

export function assetOf(job: JobContext['job']): string {
  if (job.assetId) return job.assetId
  throw new CapstanError('invalid', `a job of kind ${job.kind} needs an asset: start its workflow about one`)
}
