import { expect, test } from 'vitest'
import { withoutSecrets } from './support-bundle.ts'

test.each([
  ['{"password":"hunter22","name":"ada"}', 'hunter22'],
  ['authorization: Bearer-abc', 'Bearer-abc'],
  ['the token cap_0190abcd_secretsecret was used', 'secretsecret'],
  ['connecting to mysql://capstan:swordfish@db/x', 'swordfish'],
])('%s loses its secret', (text, secret) => {
  expect(withoutSecrets(text)).not.toContain(secret)
})

test('what is no secret stays', () => {
  expect(withoutSecrets('{"name":"ada","runId":"r1"}')).toBe('{"name":"ada","runId":"r1"}')
})
