import { STEM } from './analyse.ts'
import type { TermMatch } from './clause.ts'

/** Whether a token or folded keyword fits. Stems are found by their exact mark only. */
export function matchesTerm(match: TermMatch, token: string): boolean {
  return termTest(match)(token)
}

/** The same as a function made once for many tokens. */
export function termTest(match: TermMatch): (token: string) => boolean {
  switch (match.kind) {
    case 'exact':
      return (token) => token === match.token
    case 'prefix':
      return (token) => token.startsWith(match.token)
    case 'pattern': {
      const places = match.pattern.flatMap((part) =>
        typeof part === 'object' ? [...part.literal].map((text) => ({ text, wild: false })) : [{ text: part, wild: true }],
      )
      const pattern = places.map(({ text }) => text)
      const wild = places.map((place) => place.wild)
      return (token) => !token.startsWith(STEM) && isPattern(pattern, wild, token)
    }
    case 'fuzzy':
      return (token) => token.codePointAt(0) === match.token.codePointAt(0) && isWithin(token, match.token, match.distance)
  }
}

/** What every token that fits begins with; empty when that may be anything. */
export function literalStart(match: TermMatch): string {
  if (match.kind === 'fuzzy') return [...match.token][0] ?? ''
  if (match.kind !== 'pattern') return match.token
  const first = match.pattern[0]
  return typeof first === 'object' ? first.literal : ''
}

/** Wildcards without backtracking beyond the last star, so that no pattern takes longer than its length times the token's. */
function isPattern(pattern: readonly string[], wild: readonly boolean[], token: string): boolean {
  const characters = [...token]
  let [at, place, starAt, starPlace] = [0, 0, -1, 0]
  while (at < characters.length) {
    if (place < pattern.length && (wild[place] ? pattern[place] === '?' : pattern[place] === characters[at])) {
      at++
      place++
    } else if (place < pattern.length && wild[place]) {
      starAt = at
      starPlace = ++place
    } else if (starAt >= 0) {
      at = ++starAt
      place = starPlace
    } else return false
  }
  while (place < pattern.length && wild[place] && pattern[place] === '*') place++
  return place === pattern.length
}

/** Optimal string alignment: insert, delete, replace, or swap neighbours, each costs one. */
export function isWithin(a: string, b: string, distanceMax: number): boolean {
  if (Math.abs(a.length - b.length) > distanceMax * 2) return false
  const left = [...a]
  const right = [...b]
  if (Math.abs(left.length - right.length) > distanceMax) return false
  let beforeLast: number[] = []
  let last = right.map((_, j) => j).concat(right.length)
  for (let i = 1; i <= left.length; i++) {
    const row = [i]
    for (let j = 1; j <= right.length; j++) row.push(cost(left, right, i, j, row, last, beforeLast))
    if (Math.min(...row) > distanceMax) return false
    beforeLast = last
    last = row
  }
  return last[right.length]! <= distanceMax
}

function cost(a: string[], b: string[], i: number, j: number, row: number[], last: number[], beforeLast: number[]): number {
  const same = a[i - 1] === b[j - 1]
  const best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return swapped ? Math.min(best, beforeLast[j - 2]! + 1) : best
}
