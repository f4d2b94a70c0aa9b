import { describe, expect, test } from 'vitest'
import { DATE_FIELDS, NUMBER_FIELDS } from './fields.ts'
import { readDate, readNumber } from './literals.ts'

const NOW = Date.UTC(2026, 2, 31, 12, 30)
const iso = (text: string): string | null => {
  const interval = readDate(DATE_FIELDS.created, text, NOW)
  return interval && `${new Date(interval.from).toISOString()} ${new Date(interval.to).toISOString()}`
}

describe('numbers with units', () => {
  test.each([
    ['size', '1GB', 1e9],
    ['size', '1.5 gib', 1.5 * 2 ** 30],
    ['size', '12', 12],
    ['duration', '1m30s', 90],
    ['duration', '1h 2m', 3_720],
    ['duration', '1:30', 90],
    ['duration', '01:00:00.5', 3_600.5],
    ['duration', '500ms', 0.5],
    ['rate', '29.97fps', 29.97],
    ['height', '1080p', 1_080],
    ['pages', '-3', -3],
    ['size', '1 lightyear', null],
    ['size', '1:30', null],
    ['width', '', null],
    ['width', '--3', null],
    ['width', 'NaN', null],
    ['width', '1e9', null],
  ] as const)('%s of %s', (field, text, value) => {
    expect(readNumber(NUMBER_FIELDS[field], text)).toBe(value)
  })
})

describe('dates', () => {
  test.each([
    ['2026', '2026-01-01T00:00:00.000Z 2026-12-31T23:59:59.999Z'],
    ['2026-02', '2026-02-01T00:00:00.000Z 2026-02-28T23:59:59.999Z'],
    ['2024-2-9', '2024-02-09T00:00:00.000Z 2024-02-09T23:59:59.999Z'],
    ['2026-01-01T10:00', '2026-01-01T10:00:00.000Z 2026-01-01T10:00:59.999Z'],
    ['2026-01-01 10:00:05', '2026-01-01T10:00:05.000Z 2026-01-01T10:00:05.999Z'],
    ['2026-01-01T10:00:05.250Z', '2026-01-01T10:00:05.250Z 2026-01-01T10:00:05.250Z'],
    ['2026-01-01T00:30+02:00', '2025-12-31T22:30:00.000Z 2025-12-31T22:30:59.999Z'],
    ['today', '2026-03-31T00:00:00.000Z 2026-03-31T23:59:59.999Z'],
    ['yesterday', '2026-03-30T00:00:00.000Z 2026-03-30T23:59:59.999Z'],
    ['now-7d', '2026-03-24T12:30:00.000Z 2026-03-24T12:30:00.000Z'],
    ['now-1M', '2026-02-28T12:30:00.000Z 2026-02-28T12:30:00.000Z'],
    ['now-1y+2h', '2025-03-31T14:30:00.000Z 2025-03-31T14:30:00.000Z'],
    ['2026-02-30', null],
    ['2026-13', null],
    ['2026-01-01T25:00', null],
    ['soon', null],
  ])('%s', (text, interval) => {
    expect(iso(text)).toBe(interval)
  })

  test('a step beyond all time is refused', () => {
    expect(readDate(DATE_FIELDS.created, 'now+999999y', NOW)).toBeNull()
  })
})
