/** Letters that Unicode does not take apart, though people type them as plain ones. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ς: 'σ',
  ى: 'ي',
  ی: 'ي',
  ة: 'ه',
  ک: 'ك',
  ـ: '',
}

/** Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic. The vowel signs of Indic scripts carry meaning and stay. */
const MARKS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+/g
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g')
const OTHER_DIGIT = /(?![0-9])\p{Nd}/gu
const PLAIN = /^[\x20-\x7e]*$/

/** One form for all ways to write the same: lower case, no accents, ASCII digits, compatibility forms resolved. Idempotent. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(SPECIAL, (letter) => LETTERS[letter]!)
    .replace(OTHER_DIGIT, digitOf)
    .normalize('NFC')
}

/** Every script's ten digits lie together, and zero is the first after a character that is no digit. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0)!
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}

/** A keyword as it is compared: folded, with single spaces. */
export const foldKeyword = (value: string): string => fold(value).replace(/\s+/gu, ' ').trim()

const PADDED_LENGTH = 12
const KEY_LENGTH_MAX = 120

/** Orders names as people expect, `clip 2` before `clip 10`, by comparing code units. */
export const sortKey = (name: string): string =>
  foldKeyword(name)
    .slice(0, KEY_LENGTH_MAX)
    .toWellFormed()
    .replace(/\d+/g, (digits) => digits.padStart(PADDED_LENGTH, '0'))
