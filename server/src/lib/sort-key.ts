/**
 * A key under which names sort as people expect: case and accents folded, runs of digits padded ("take 2" before "take 10").
 * The same in every database, because it is computed here. At most 300 characters.
 */
export const sortKey = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(12, '0'))
    .slice(0, 300)
