import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { analyse, analyseValues, BOUNDARY, phraseTokens, stem, STEM, TOKEN_LENGTH_MAX, wholeToken } from './analyse.ts'
import { fold, foldKeyword, sortKey } from './fold.ts'

const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }))

describe('analysis', () => {
  test.each([
    ['Köln Straße ÉTÉ Łódź', 'koln strasse ete lodz'],
    ['東京都 tokyo', '東京 京都 都 tokyo'],
    ['مُحَمَّد أحمد ١٢٣', 'محمد احمد 123'],
    ['हिन्दी', 'हिन्दी'],
    ['ΕΛΛΆΔΑΣ ελλάδας', 'ελλαδασ ελλαδασ'],
    ['ＦＵＬＬ ﬁlm ½', 'full film 1 2'],
    ['🎬 take 2', '🎬 take 2'],
    ['12 cities', `12 cities ${BOUNDARY} ${STEM}city`],
    ['clip_01.mov', `clip 01 mov ${BOUNDARY} clip_01.mov`],
    ['MyHoliday', `myholiday ${BOUNDARY} my holiday`],
    ['h264', `h 264 ${BOUNDARY} h264`],
    ['don’t', `don t ${BOUNDARY} don't`],
    ['!!! --- ...', ''],
  ])('%s', (text, tokens) => {
    expect(analyse(text).join(' ')).toBe(tokens)
  })

  test('values of a field are kept apart', () => {
    expect(analyseValues(['New York', 'b'])).toEqual(['new', 'york', BOUNDARY, 'b'])
  })

  test('a phrase does not ask for the last character of a pair', () => {
    expect(phraseTokens('東京都')).toEqual(['東京', '京都'])
    expect(phraseTokens('東京 tokyo')).toEqual(['東京', '京', 'tokyo'])
  })

  test.each([
    ['cities', 'city'],
    ['boxes', 'boxe'],
    ['bridges', 'bridge'],
    ['news', 'new'],
    ['glass', 'glass'],
    ['bus', 'bus'],
    ['gas', 'gas'],
    ['series', 'sery'],
  ])('the stem of %s is %s', (word, base) => {
    expect(stem(word)).toBe(base)
    expect(stem(base)).toBe(base)
  })

  test('tokens of any text are short, hold no space, and are found by the same text as a phrase', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = analyse(text)
        for (const token of tokens) {
          expect(token).toMatch(/^[^\s"]+$/u)
          expect(token.isWellFormed()).toBe(true)
          expect(Array.from(token).length).toBeLessThanOrEqual(TOKEN_LENGTH_MAX)
          expect(token).toBe(token.toLowerCase())
        }
        const phrase = phraseTokens(text)
        expect(tokens.slice(0, phrase.length)).toEqual(phrase)
      }),
      { numRuns: 2_000 },
    )
  })

  test('case never matters to a query', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'Ä', 'ö', 'é', '1', '_', '-', '.', ' '), maxLength: 20 }), (text) => {
        expect(phraseTokens(text.toUpperCase())).toEqual(phraseTokens(text.toLowerCase()))
        expect(wholeToken(text.toUpperCase())).toBe(wholeToken(text.toLowerCase()))
      }),
    )
  })
})

describe('folding', () => {
  test('is idempotent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
      { numRuns: 3_000 },
    )
  })

  test('keywords keep their punctuation and single spaces', () => {
    expect(foldKeyword('  Müller,   Jörg ')).toBe('muller, jorg')
  })

  test('names sort as people count', () => {
    const names = ['Clip 10', 'clip 9', 'Ápfel', 'zoo', 'Clip 2b']
    expect(names.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))).toEqual(['Ápfel', 'Clip 2b', 'clip 9', 'Clip 10', 'zoo'])
  })
})
