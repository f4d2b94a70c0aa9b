import type { FaultClass } from '@capstan/contract/work'
import { isRetried, type CapstanError, type ErrorCode } from '../../../lib/errors.ts'

/** Why an attempt failed. `class` is what an operator sorts by; `retried` says whether another attempt may help. */
export type Fault = Readonly<{ code: ErrorCode; class: FaultClass; message: string }>

const MESSAGE_LENGTH_MAX = 2_000

const CLASS: Record<ErrorCode, FaultClass> = {
  invalid: 'input',
  unsupported: 'input',
  too_large: 'input',
  not_found: 'input',
  unauthenticated: 'resource',
  unavailable: 'resource',
  no_space: 'resource',
  rate_limited: 'transient',
  timeout: 'transient',
  stale: 'transient',
  conflict: 'business',
  forbidden: 'business',
  internal: 'defect',
}

const NEXT_STEP: Record<FaultClass, string> = {
  input: 'Check the file: the same attempt again would end the same way.',
  transient: 'Retry it.',
  resource: 'See that the storage or service is reachable and has room, then retry it.',
  business: 'Resolve what stands in the way, then retry it.',
  defect: 'Look into its log; retry it when the cause is gone.',
}

export const faultOf = (error: CapstanError): Fault => ({
  code: error.code,
  class: CLASS[error.code],
  message: error.message.slice(0, MESSAGE_LENGTH_MAX),
})

export const mayRetry = (fault: Fault): boolean => isRetried(fault.code)

/** A resource that is away is not the job's fault: the attempt does not count. */
export const usesNoAttempt = (fault: Fault): boolean => fault.class === 'resource' && mayRetry(fault)

export const nextStep = (fault: Fault): string => NEXT_STEP[fault.class]
