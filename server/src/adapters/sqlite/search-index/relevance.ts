import type { Clause } from '../../../services/search/domain/clause.ts'
import { TEXT_FIELDS } from '../../../services/search/domain/fields.ts'
import type { Bitset } from './bitset.ts'
import type { Evaluation } from './evaluate.ts'

/** The relevance of every document, as the port defines it. */
export function relevance(evaluation: Evaluation, where: Clause): Float64Array {
  const scores = new Float64Array(evaluation.partition.size)
  addScores(evaluation, where, scores)
  return scores
}

function addScores(evaluation: Evaluation, clause: Clause, scores: Float64Array): void {
  if (clause.kind === 'not' || clause.kind === 'all') return
  if (clause.kind === 'and' || clause.kind === 'or') {
    for (const part of clause.of) addScores(evaluation, part, scores)
    return
  }
  if (clause.kind !== 'text') return add(scores, evaluation.select(clause), null, clause.boost)
  const byWeight = [...clause.fields].sort((a, b) => TEXT_FIELDS[b].weight - TEXT_FIELDS[a].weight)
  const seen = new Uint32Array((evaluation.partition.size + 31) >>> 5)
  for (const field of byWeight) add(scores, evaluation.text(clause.any, [field]), seen, clause.boost * TEXT_FIELDS[field].weight)
}

/** Gives the points to the members that were not seen yet, and marks them seen. */
function add(scores: Float64Array, members: Bitset, seen: Bitset | null, points: number): void {
  for (let w = 0; w < members.length; w++) {
    const fresh = seen === null ? members[w]! : members[w]! & ~seen[w]!
    if (seen !== null) seen[w]! |= fresh
    for (let x = fresh; x !== 0; x &= x - 1) scores[(w << 5) + 31 - Math.clz32(x & -x)]! += points
  }
}
