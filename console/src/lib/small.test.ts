import { describe, expect, test } from 'vitest'
import type { JobView } from '@capstan/contract/work'
import { ago, bytes, count, span, took } from './format.ts'
import { byCause, jobsCsv, statesIn, withStates } from './job-groups.ts'
import { chordOf } from './keys.ts'
import { hasTerm, toggleTerm, words } from './query-terms.ts'
import { SseParser } from './sse.ts'

const press = (key: string, held: Partial<Record<'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey', boolean>> = {}) =>
  chordOf({ key, code: '', shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...held })

test('chords have one name on every keyboard', () => {
  expect(press('k', { metaKey: true })).toBe('mod+k')
  expect(press('K', { ctrlKey: true })).toBe('mod+k')
  expect(press('ArrowLeft', { shiftKey: true })).toBe('shift+ArrowLeft')
  expect(press('?', { shiftKey: true })).toBe('?')
  expect(press('I', { shiftKey: true })).toBe('shift+i')
  expect(press(' ')).toBe('space')
})

describe('the event stream', () => {
  test('is cut into events wherever the pieces break', () => {
    const parser = new SseParser()
    const text = ': alive\n\nretry: 2000\nevent: hello\nid: 7\ndata: {}\n\nid: 8\nevent: event\ndata: {"a":\ndata: 1}\n\n'
    const events = Array.from({ length: text.length }, (_, i) => text.charAt(i)).flatMap((letter) => parser.push(letter))
    expect(events).toEqual([
      { id: '7', event: 'hello', data: '{}' },
      { id: '8', event: 'event', data: '{"a":\n1}' },
    ])
  })
  test('keeps the last id and takes windows line ends', () => {
    const parser = new SseParser()
    parser.push('id: 3\r\ndata: x\r\n\r\n')
    expect(parser.push('data:y\r\n\r\n')).toEqual([{ id: '3', event: 'message', data: 'y' }])
  })
})

test('a term is added once and taken back', () => {
  const query = toggleTerm('dawn "open air"', 'tag', 'old town')
  expect(query).toBe('dawn "open air" tag:"old town"')
  expect(hasTerm(query, 'tag', 'old town')).toBe(true)
  expect(toggleTerm(query, 'tag', 'old town')).toBe('dawn "open air"')
  expect(words('a "b c" d:"e f"')).toEqual(['a', '"b c"', 'd:"e f"'])
})

test('figures are said as people say them', () => {
  expect(bytes(2_345_678)).toBe('2.3 MB')
  expect(bytes(999)).toBe('999 B')
  expect(count(48_213)).toBe('48\u202f213')
  expect(span(3_760_000)).toBe('1:02:40')
  expect(span(3 * 86_400_000)).toBe('3 d')
  expect(took(400)).toBe('0.4 s')
  expect(ago(new Date(0).toISOString(), 120_000)).toBe('2 min. ago')
})

describe('jobs', () => {
  const job = (number: number, why: string | null): JobView =>
    ({ number, state: 'failed', kind: 'probe', why, fault: null, asset: { id: '', number: 1, name: '=cmd()' } }) as unknown as JobView
  test('with the same cause stand together, whatever their figures', () => {
    const causes = byCause([job(1, 'needs 12 GB'), job(2, 'needs 9.5 GB'), job(3, 'no sound')])
    expect(causes.map(({ jobs }) => jobs.length)).toEqual([2, 1])
  })
  test('go into a spreadsheet without becoming formulas', () => {
    expect(jobsCsv([job(1, 'say "no"')])).toContain(`"'=cmd()"`)
    expect(jobsCsv([job(1, 'say "no"')])).toContain('"say ""no"""')
  })
  test('the states of a filter are one word', () => {
    expect(withStates('kind:proxy state:failed', ['running', 'queued'])).toBe('kind:proxy state:running,queued')
    expect(withStates('state:failed', [])).toBe('')
    expect(statesIn('kind:proxy state:failed,timed_out')).toEqual(['failed', 'timed_out'])
  })
})
