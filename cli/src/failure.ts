import { ApiError } from '@capstan/contract/client'

export type ExitCode = 1 | 2

/** 0 done, 1 something failed, 2 wrong use or not reachable. */
export class Failure extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = 2) {
    super(message)
    this.exitCode = exitCode
  }
}

export type Explained = { message: string; exitCode: ExitCode; code: string | null; requestId: string | null }

/** One clear sentence and an exit code for anything that went wrong. */
export function explain(error: unknown, url: string): Explained {
  const because = (message: string, exitCode: ExitCode): Explained => ({ message, exitCode, code: null, requestId: null })
  if (error instanceof Failure) return because(error.message, error.exitCode)
  if (error instanceof ApiError) return ofApi(error)
  const { name, message, code, cause } = error as Error & { code?: string; cause?: { code?: string; message?: string } }
  if (name === 'TimeoutError') return because(`${url} does not answer in time: is it busy, or the network slow?`, 2)
  if (cause?.code && UNREACHABLE.has(cause.code))
    return because(`nobody answers at ${url}: is it running? Start it with \`npm start\`, or name another with --url`, 2)
  if (cause && message === 'fetch failed')
    return because(`${url} cannot be reached: ${cause.code ?? cause.message ?? 'no reason known'}`, 2)
  if (code && FILE_FAULTS[code]) return because(`${(error as NodeJS.ErrnoException).path ?? 'the file'} ${FILE_FAULTS[code]}`, 2)
  return because(message, 1)
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_SOCKET'])

/** In words what the system says of a file. */
export const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read or written by you',
  EPERM: 'may not be read or written by you',
  EISDIR: 'is a folder',
  ENOTDIR: 'is not in a folder',
  ENOSPC: 'does not fit: the disk is full',
  EROFS: 'lies on a read-only disk',
  ENAMETOOLONG: 'has too long a name',
}

function ofApi({ problem }: ApiError): Explained {
  const { code, detail, requestId, details } = problem
  const listed = details?.['problems']
  const lines =
    Array.isArray(listed) && listed.length > 0 ? [detail.split(': ')[0], ...listed.map((line) => `  ${String(line)}`)] : [detail]
  const advice = code === 'unauthenticated' ? '. Sign in with `capstan login`' : ''
  return {
    message: `${lines.join('\n')}${advice}${requestId ? ` (request ${requestId})` : ''}`,
    exitCode: 1,
    code,
    requestId: requestId || null,
  }
}
