import { fold } from './fold.ts'

/*
 * Text to tokens, the same for every index. A text becomes its words in order (phrases are matched on these), and behind a boundary what else
 * can be found of it: the parts of camelCase, words with their digits (h264), whole names (clip_01.mov), stems (marked by STEM).
 * A token holds letters, digits and the connectors . _ - ' & + @ # only, never a space, so that an index may join tokens by spaces.
 */

/** Raise it with every change of the analysis: indexes of another format are built anew. */
export const ANALYSIS_FORMAT = 1
/** Stands between what is not adjacent; no phrase runs across it. */
export const BOUNDARY = '|'
/** Leads a stem. Words never begin with it. */
export const STEM = '='
/** Longer tokens are cut, here and in queries alike. */
export const TOKEN_LENGTH_MAX = 100

const LETTER = '\\p{L}\\p{M}\\p{N}'
/** A word with its connectors, as in `clip_01.mov`; or one pictograph. */
const WORD = new RegExp(`[${LETTER}]+(?:[._\\-'&+@#]+[${LETTER}]+)*|\\p{Extended_Pictographic}`, 'gu')
const CONNECTOR = /[._\-'&+@#]+/u
/** Scripts that write no spaces are cut into pairs of characters. */
const UNSPACED = '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}'
const RUN = new RegExp(`(?:(?=[${LETTER}])[${UNSPACED}])+|[0-9]+|(?:(?![${UNSPACED}0-9])[${LETTER}])+|\\p{Extended_Pictographic}`, 'gu')
const IS_UNSPACED = new RegExp(`^(?=[\\p{L}\\p{M}])[${UNSPACED}]`, 'u')
const CAMEL = /\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+|\p{N}+|[\p{L}\p{M}]+/gu
const LATIN_WORD = /^[a-z]+$/

/** Tokens of a text with their positions: a token's position is its index. */
export function analyse(text: string): string[] {
  const words: string[] = []
  const extras = new Set<string>()
  for (const whole of wholesOf(text)) addWhole(whole, words, extras)
  const tokens = words
  for (const extra of extras) tokens.push(BOUNDARY, ...extra.split(' '))
  return tokens
}

/** Several values of one field, such as tags; no phrase runs from one into the next. */
export const analyseValues = (values: readonly string[]): string[] =>
  values.flatMap((value, i) => (i === 0 ? analyse(value) : [BOUNDARY, ...analyse(value)]))

function addWhole(whole: string, words: string[], extras: Set<string>): void {
  const folded = fold(whole)
  for (const run of runsOf(folded)) {
    words.push(...(isUnspaced(run) ? pairs(run, true) : [cut(run)]))
    if (LATIN_WORD.test(run) && stem(run) !== run) extras.add(STEM + stem(run))
  }
  const pieces = whole.split(CONNECTOR)
  for (const piece of pieces) addPiece(piece, extras)
  if (pieces.length > 1) extras.add(cut(folded.replace(/[^._\-'&+@#\p{L}\p{M}\p{N}]/gu, '')))
}

/** A piece has no connectors: `MyHoliday2024` gives my, holiday, 2024 and itself. */
function addPiece(piece: string, extras: Set<string>): void {
  const camel = (piece.match(CAMEL) ?? []).map((part) => fold(part)).filter((part) => part !== '' && !part.includes(' '))
  const folded = fold(piece)
  const runs = runsOf(folded)
  if (runs.length > 1) extras.add(cut(runs.join('')))
  if (camel.length < 2 || camel.join() === runs.join()) return
  extras.add(camel.map(cut).join(' '))
  for (const part of camel) if (LATIN_WORD.test(part) && stem(part) !== part) extras.add(STEM + stem(part))
}

/** The words of a query's phrase: as in the text, without what is cut off behind the last pair of an unspaced script. */
export function phraseTokens(text: string): string[] {
  const runs = wholesOf(text).flatMap((whole) => runsOf(fold(whole)))
  return runs.flatMap((run, i) => (isUnspaced(run) ? pairs(run, i < runs.length - 1) : [cut(run)]))
}

/** The one token that a query's pattern or fuzzy word is compared as. */
export const wholeToken = (text: string): string =>
  cut(fold(text.toWellFormed().normalize('NFKC')).replace(/[^._\-'&+@#\p{L}\p{M}\p{N}\p{Extended_Pictographic}]/gu, ''))

/** Whether a token is one character of an unspaced script, to be found inside pairs. */
export const isSingleUnspaced = (token: string): boolean => isUnspaced(token) && [...token].length === 1

const wholesOf = (text: string): readonly string[] => text.toWellFormed().normalize('NFKC').replaceAll('’', "'").match(WORD) ?? []
const runsOf = (folded: string): readonly string[] => folded.match(RUN) ?? []
const isUnspaced = (run: string): boolean => IS_UNSPACED.test(run)

/** 東京都 gives 東京 京都, and 都 at the end so that every character begins a token. */
function pairs(run: string, withLast: boolean): string[] {
  const characters = [...run]
  if (characters.length === 1) return characters
  const found = characters.slice(0, -1).map((character, i) => character + characters[i + 1]!)
  return withLast ? [...found, characters.at(-1)!] : found
}

const cut = (token: string): string => (token.length <= TOKEN_LENGTH_MAX ? token : [...token].slice(0, TOKEN_LENGTH_MAX).join(''))

/** Takes a plural's ending off (D. Harman, "How effective is suffixing?", 1991: the S stemmer). Idempotent. */
export function stem(word: string): string {
  if (word.length < 4 || !LATIN_WORD.test(word)) return word
  if (/[^ae]ies$/.test(word)) return `${word.slice(0, -3)}y`
  if (/[^aeo]es$/.test(word)) return word.slice(0, -1)
  if (/[^us]s$/.test(word)) return word.slice(0, -1)
  return word
}

export const isStemmed = (token: string): boolean => LATIN_WORD.test(token)
