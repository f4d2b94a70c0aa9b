import { CapstanError } from '../../lib/errors.ts'

export type Refusal = Readonly<{ status: number; json: unknown }>
/** How a server names a fault: `error` of an answer, of one line of a bulk, or the reason inside one. */
export type Fault = Readonly<{ type?: string; reason?: string; root_cause?: readonly Fault[]; caused_by?: Fault }>

/** A server's refusal in the words of the ports. */
export function failureOf({ status, json }: Refusal): CapstanError {
  const { error } = (typeof json === 'object' && json !== null ? json : {}) as { error?: Fault | string }
  return failureFrom(status, typeof error === 'object' ? error : { reason: String(error ?? json).slice(0, 300) })
}

/** The same for one line of a bulk. */
export function failureFrom(status: number, fault: Fault): CapstanError {
  const known = RULES.find((rule) => rule.fits(status, fault))
  const { code, message } = known ?? { code: status >= 500 ? ('unavailable' as const) : ('internal' as const), message: UNFORESEEN }
  const { type, reason } = deepest(fault)
  const details = {
    status,
    ...(type ? { type } : {}),
    ...(isMissing(fault) ? { missing: true } : {}),
  }
  return new CapstanError(code, `${message} (${status}${reason ? `: ${reason.slice(0, 300)}` : ''})`, { details })
}

/** Whether it may be gone in a moment, without anybody doing anything. */
export const isOverload = (status: number, fault: Fault): boolean => status === 429 && !isBlocked(fault)

const all = (fault: Fault): readonly Fault[] => [fault, ...(fault.root_cause ?? []), ...(fault.caused_by ? all(fault.caused_by) : [])]
const names = (fault: Fault): string =>
  all(fault)
    .flatMap(({ type, reason }) => [type ?? '', reason ?? ''])
    .join('\n')
const deepest = (fault: Fault): Fault => all(fault).findLast(({ reason }) => reason) ?? fault

const isBlocked = (fault: Fault): boolean => names(fault).includes('cluster_block_exception')
const isFull = (fault: Fault): boolean => isBlocked(fault) && /flood|disk usage|read-only-allow-delete|FORBIDDEN\/12/.test(names(fault))
const isMissing = (fault: Fault): boolean => /index_not_found_exception|no such index/.test(names(fault))

const UNFORESEEN = 'the search server refused'

type Rule = { fits: (status: number, fault: Fault) => boolean; code: CapstanError['code']; message: string }

const RULES: readonly Rule[] = [
  {
    fits: (_, fault) => isFull(fault),
    code: 'no_space',
    message:
      'the search server keeps its index read-only because its disk is nearly full (flood stage): free space or add a disk there; writing goes on by itself then',
  },
  {
    fits: (_, fault) => isBlocked(fault),
    code: 'unavailable',
    message: 'the search server keeps its index or cluster blocked: take the block away there (index.blocks.*, cluster state)',
  },
  {
    fits: (_, fault) => isMissing(fault),
    code: 'unavailable',
    message: 'the search index is missing on the server and has to be built again',
  },
  {
    fits: (status) => status === 401,
    code: 'unavailable',
    message: 'the search server refuses user, password or API key: see CAPSTAN_ELASTICSEARCH_URL and CAPSTAN_ELASTICSEARCH_PASSWORD_FILE',
  },
  {
    fits: (status) => status === 403,
    code: 'unavailable',
    message:
      'the search server forbids it to this user: give it all privileges on the indexes capstan-search-*, and monitor on the cluster',
  },
  {
    fits: (status, fault) => status === 413 || /http_content_too_large|too_large/.test(names(fault)),
    code: 'too_large',
    message:
      'the search server takes no request of this size: raise http.max_content_length, or what a proxy before it allows (client_max_body_size)',
  },
  {
    fits: (_, fault) =>
      /too_many_clauses|too_many_nested_clauses|maxClauseCount|too_complex_to_determinize|too complex|max_regex_length|max_determinized/i.test(
        names(fault),
      ),
    code: 'invalid',
    message: 'the query is too large or its pattern too complex for the search server; ask for less at once',
  },
  { fits: (status) => status === 429, code: 'unavailable', message: 'the search server is overloaded; again in a moment' },
  {
    fits: (status, fault) => status === 503 || /all shards failed|no_shard_available|unavailable_shards/.test(names(fault)),
    code: 'unavailable',
    message: 'the search server cannot read its index now (its health is red, or it is starting)',
  },
]
