/*
 * The server compares strings by code point, we compare by UTF-16 code unit: they differ for what lies above U+DFFF. A key is stored with those
 * characters exchanged so that the server's order is ours. Each character has one counterpart, so nothing is lost.
 */

const SURROGATES_END = 0xe000
const ASTRAL = 0x10000
const ASTRAL_COUNT = 0x100000
const HIGH_COUNT = ASTRAL - SURROGATES_END
const HIGH = /[\u{e000}-\u{10ffff}]/gu

/** A well-formed string as the server keeps it. */
export const toKey = (value: string): string => value.replace(HIGH, (character) => String.fromCodePoint(fromRank(unitRank(character))))
export const fromKey = (key: string): string => key.replace(HIGH, (character) => String.fromCodePoint(fromUnitRank(pointRank(character))))

const unitRank = (character: string): number => {
  const point = character.codePointAt(0)!
  return point >= ASTRAL ? point - ASTRAL : ASTRAL_COUNT + point - SURROGATES_END
}
const fromUnitRank = (rank: number): number => (rank < ASTRAL_COUNT ? ASTRAL + rank : SURROGATES_END + rank - ASTRAL_COUNT)

const pointRank = (character: string): number => {
  const point = character.codePointAt(0)!
  return point >= ASTRAL ? point - ASTRAL + HIGH_COUNT : point - SURROGATES_END
}
const fromRank = (rank: number): number => (rank < HIGH_COUNT ? SURROGATES_END + rank : ASTRAL + rank - HIGH_COUNT)
