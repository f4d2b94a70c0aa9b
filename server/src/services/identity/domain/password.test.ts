import { expect, test } from 'vitest'
import { checkPassword } from './password.ts'

test.each([
  ['short', 'Abc123xyz', /at least 10/],
  ['the name', 'Administrat0r!', /name of the user/],
  ['the name in another spelling', 'ADMINISTRAT0R!', /name of the user/],
  ['common', 'Password123', /most common/],
  ['one letter again and again', 'aaaaaaaaaaaa', /different characters/],
  ['endless', 'ab1-'.repeat(126), /at most 500/],
])('refuses a password that is %s', (_, password, reason) => {
  expect(() => checkPassword(password, 'administrat0r!')).toThrow(reason)
})

test.each(['k7fm-x2hp-9wtc', 'ein langer Satz mit Leerzeichen', 'пароль-длинный'])('takes %s', (password) => {
  expect(() => checkPassword(password, 'admin')).not.toThrow()
})
