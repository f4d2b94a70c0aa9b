import { expect, test } from 'vitest'
import { withoutSecrets } from './support-bundle.ts'

test.each([
  ['{"password":"hunter22","name":"ada"}', 'hunter22'],
  ['{"password":"two words, and a comma","name":"ada"}', 'words'],
  ['{"body":"{\\"password\\":\\"deep inside\\"}"}', 'inside'],
  ['authorization: Bearer-abc', 'Bearer-abc'],
  ['authorization: Bearer abc.def', 'abc.def'],
  ['X-CSRF-Token: 1a2b3c', '1a2b3c'],
  ['cookie: capstan_session=deadbeef', 'deadbeef'],
  ['the token cap_0190abcd_secretsecret was used', 'secretsecret'],
  ['connecting to mysql://capstan:swordfish@db/x', 'swordfish'],
])('%s loses its secret', (text, secret) => {
  expect(withoutSecrets(text)).not.toContain(secret)
})

test('what is no secret stays', () => {
  expect(withoutSecrets('{"name":"ada","runId":"r1"}')).toBe('{"name":"ada","runId":"r1"}')
})

test('what is left is still JSON', () => {
  expect(JSON.parse(withoutSecrets('{"token":"t","nested":{"secret":"two \\"words\\""},"name":"ada"}'))).toEqual({
    token: '[removed]',
    nested: { secret: '[removed]' },
    name: 'ada',
  })
})
