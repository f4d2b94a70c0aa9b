import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CapstanError } from '../lib/errors.ts'
import type { ParseSettings, Settings } from './settings.ts'

export type SampleSettings = Readonly<{ level: string }>

/** As a platform would: what is not set is its default, and what is not known is wrong. */
export const parseSample: ParseSettings<SampleSettings> = (raw) => {
  const { level = 'default', ...others } = (raw ?? {}) as Record<string, unknown>
  if (raw === null || Array.isArray(raw) || typeof level !== 'string' || Object.keys(others).length > 0)
    throw new CapstanError('invalid', 'level must be a word')
  return { level }
}

export type OpenedSettings = {
  open: () => Promise<Settings<SampleSettings>>
  /** As whoever runs the platform: another text, or none. */
  put: (text: string | null) => Promise<void>
  close: () => Promise<void>
}

const level = (word: string) => JSON.stringify({ level: word })

/** What every place of settings promises. */
export function settingsContract(name: string, prepare: () => Promise<OpenedSettings>): void {
  describe(`settings: ${name}`, () => {
    let place: OpenedSettings
    const opened: Settings<SampleSettings>[] = []
    beforeEach(async () => void (place = await prepare()))
    afterEach(async () => {
      for (const settings of opened.splice(0)) settings.close()
      await place.close()
    })

    const open = async () => {
      const settings = await place.open()
      opened.push(settings)
      const listener = { changed: vi.fn(), kept: vi.fn() }
      const forget = settings.watch(listener)
      return { settings, ...listener, forget }
    }
    const soon = { timeout: 8_000, interval: 20 }

    test('are the defaults where nothing is set, and what is set otherwise', async () => {
      const { settings } = await open()
      expect(settings.current()).toEqual({ level: 'default' })
      await place.put(level('set'))
      expect((await open()).settings.current()).toEqual({ level: 'set' })
    })

    test('are changed, and set back, while the platform runs', async () => {
      const { settings, changed, kept } = await open()
      for (const [text, word] of [
        [level('first'), 'first'],
        [level('second'), 'second'],
        [null, 'default'],
        [level('third'), 'third'],
      ] as const) {
        await place.put(text)
        await expect.poll(() => settings.current(), soon).toEqual({ level: word })
      }
      expect(changed.mock.calls).toEqual([[{ level: 'first' }], [{ level: 'second' }], [{ level: 'default' }], [{ level: 'third' }]])
      expect(kept).not.toHaveBeenCalled()
    })

    test.each(['{"level":', '', 'null', '[]', '{"level":1}', '{"other":"x"}'])(
      'stay as they were when %j is set, which is said once',
      async (wrong) => {
        await place.put(level('good'))
        const { settings, changed, kept } = await open()
        await place.put(wrong)
        await expect.poll(() => kept.mock.calls.length, soon).toBe(1)
        expect(kept.mock.calls[0]![0]).toMatch(/not taken.*last good/)
        expect(settings.current()).toEqual({ level: 'good' })
        expect(changed).not.toHaveBeenCalled()
        await place.put(level('better'))
        await expect.poll(() => changed.mock.calls, soon).toEqual([[{ level: 'better' }]])
        expect(kept).toHaveBeenCalledTimes(1)
      },
    )

    test('are not opened when they are wrong', async () => {
      await place.put('{"level":1}')
      await expect(place.open()).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('level must be a word') as string,
      })
    })

    test('say the same wrong thing again when it was right in between', async () => {
      const { kept, changed } = await open()
      await place.put('{')
      await expect.poll(() => kept.mock.calls.length, soon).toBe(1)
      await place.put(level('good'))
      await expect.poll(() => changed.mock.calls.length, soon).toBe(1)
      await place.put('{')
      await expect.poll(() => kept.mock.calls.length, soon).toBe(2)
    })

    test('tell nobody who does not want to know any more', async () => {
      const [gone, stays] = [await open(), await open()]
      const closed = await open()
      gone.forget()
      closed.settings.close()
      await place.put(`  ${level('new')}  `)
      await expect.poll(() => stays.changed.mock.calls.length, soon).toBe(1)
      expect(gone.changed).not.toHaveBeenCalled()
      expect(closed.changed).not.toHaveBeenCalled()
      // The same in other words.
      await place.put(level('new'))
      await place.put(level('newer'))
      await expect.poll(() => stays.settings.current().level, soon).toBe('newer')
      expect(stays.changed).toHaveBeenCalledTimes(2)
    })
  })
}
