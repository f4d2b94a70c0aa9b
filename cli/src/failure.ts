import { ApiError } from '@capstan/contract/client'

/** 0 done, 1 something failed, 2 wrong use or not reachable. */
export class Failure extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/** One clear sentence and an exit code for anything that went wrong. */
export function explain(error: unknown, url: string | null): { message: string; exitCode: 1 | 2 } {
  if (error instanceof Failure) return { message: error.message, exitCode: error.exitCode }
  if (error instanceof ApiError) {
    const { code, detail, requestId } = error.problem
    const advice = code === 'unauthenticated' ? ' Sign in with `capstan login`.' : ''
    return { message: `${detail}${advice}${requestId ? ` (request ${requestId})` : ''}`, exitCode: 1 }
  }
  const cause = (error as { cause?: { code?: string } } | null)?.cause
  if (cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND')
    return { message: `nobody answers at ${url ?? 'the platform'}: is it running? Start it with \`npm start\``, exitCode: 2 }
  return { message: error instanceof Error ? error.message : String(error), exitCode: 1 }
}
