import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'

test.each([
  ['CAPSTAN_MARIADB_URL', 'mysql://capstan:secret@db/capstan', 'CAPSTAN_MARIADB_PASSWORD_FILE'],
  ['CAPSTAN_MARIADB_REPLICA_URL', 'mysql://capstan:secret@db2/capstan', 'CAPSTAN_MARIADB_PASSWORD_FILE'],
  ['CAPSTAN_MONGODB_URL', 'mongodb://capstan:secret@db/capstan', 'CAPSTAN_MONGODB_PASSWORD_FILE'],
  ['CAPSTAN_RABBITMQ_URL', 'amqp://capstan:secret@queue', 'CAPSTAN_RABBITMQ_PASSWORD_FILE'],
])('a password in %s is refused without being repeated', (name, url, file) => {
  const load = (value: string) => () => loadConfig([], { [name]: value })
  expect(load(url)).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringMatching(`^${name} .*${file}$`) }))
  expect(load(url)).not.toThrow(/secret/)
  expect(load(url.replace(':secret', ''))).not.toThrow()
})
