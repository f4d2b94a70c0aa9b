import { afterAll, describe, expect, it } from 'vitest'
import { fakeClock } from '../../lib/clock.ts'
import { DatabaseClock } from './clock.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

describe.skipIf(mariadb === null)("the database's clock", () => {
  it('tells the time of the database, though this machine is a day off, and goes on by itself', async () => {
    const local = fakeClock(Date.now() + 86_400_000)
    const clock = await DatabaseClock.start(await mariadb!.open(), local)
    clock.stop()
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000)
    const before = clock.now()
    local.advance(5_000)
    expect(clock.now() - before).toBe(5_000)
  })
})
