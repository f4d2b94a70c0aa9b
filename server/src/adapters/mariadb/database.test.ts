import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { CapstanError } from '../../lib/errors.ts'
import { all, first, run, statement } from '../sql/database.ts'
import { appendEvents } from '../sql/outbox.ts'
import { newEvent } from '../../lib/events.ts'
import { MariadbDatabase } from './database.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

const TABLE =
  'create table if not exists suite_counter (id int primary key, value int not null, name varchar(20)) collate utf8mb4_nopad_bin'

/** What a unit promises, tried on the driver itself. */
describe.skipIf(mariadb === null)('a unit on MariaDB', () => {
  const start = async () => {
    const database = await mariadb!.open()
    await database.withConnection((execute) => execute(TABLE))
    await database.write(function* () {
      yield* run(statement('delete from suite_counter'))
      for (const id of [1, 2]) yield* run(statement('insert into suite_counter (id, value, name) values (?, 0, ?)', [id, `n${id}`]))
    })
    return database
  }

  it('starts a unit anew when the database breaks a deadlock, and both have their effect once', async () => {
    const database = await start()
    const addInOrder = (ids: readonly number[]) =>
      database.write(function* () {
        for (const id of ids) {
          yield* run(statement('update suite_counter set value = value + 1 where id = ?', [id]))
          yield* all(statement('select sleep(0.05)'))
        }
      })
    await Promise.all([addInOrder([1, 2]), addInOrder([2, 1]), addInOrder([1, 2]), addInOrder([2, 1])])
    const rows = await database.read(() => all<{ value: number }>(statement('select value from suite_counter order by id')))
    expect(rows.map(({ value }) => value)).toEqual([4, 4])
  })

  it('takes everything back when a unit throws, and lets a unit catch a duplicate key and go on', async () => {
    const database = await start()
    const broken = database.write(function* () {
      yield* run(statement('update suite_counter set value = 9'))
      throw new CapstanError('invalid', 'no')
    })
    await expect(broken).rejects.toMatchObject({ code: 'invalid' })
    const caught = await database.write(function* () {
      try {
        yield* run(statement('insert into suite_counter (id, value) values (1, 0)'))
      } catch (error) {
        yield* run(statement('update suite_counter set value = 5 where id = 1'))
        return error
      }
      return null
    })
    expect(caught).toMatchObject({ code: 'conflict' })
    const row = await database.read(() => first<{ value: number }>(statement('select sum(value) + 0e0 as value from suite_counter')))
    expect(row?.value).toBe(5)
  })

  it('tells apart case, accents and trailing spaces', async () => {
    const database = await start()
    await database.write(() => run(statement('update suite_counter set name = ? where id = 1', ['Ä '])))
    const matching = async (name: string) =>
      (await database.read(() => all(statement('select id from suite_counter where name = ?', [name])))).length
    expect(await Promise.all(['Ä ', 'Ä', 'ä ', 'A '].map(matching))).toEqual([1, 0, 0, 0])
  })

  it('calls listeners after commits that appended events, and only those', async () => {
    const database = await start()
    let told = 0
    database.onEvents(() => (told += 1))
    const event = () =>
      newEvent('run.started', 0, {
        accountId: 1,
        actor: { kind: 'system', id: 's', name: 's' },
        subject: { kind: 'run', id: 'r', number: 1, name: null },
      })
    const silent = () => database.write(() => run(statement('update suite_counter set value = value + 1 where id = 2')))
    const loud = () => database.write(() => appendEvents(database, 'workflows', [event()]))
    await Promise.all([silent(), loud(), silent(), loud(), silent()])
    expect(told).toBe(2)
  })

  it('answers unavailable when no server is there', async () => {
    const away = new MariadbDatabase({ url: 'mysql://root@127.0.0.1:1/none' })
    onTestFinished(() => away.close())
    await expect(away.read(() => first(statement('select 1')))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(away.write(() => run(statement('delete from suite_counter')))).rejects.toMatchObject({ code: 'unavailable' })
  })
})
