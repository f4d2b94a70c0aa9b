import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { toCapstanError } from './errors.ts'

test('what the system says of files is told with their names only; the cause keeps where they lie', async () => {
  const fault = await rename('/nowhere/of/ours/film.mov', '/nowhere/else/copy.mov').catch(toCapstanError)
  expect(fault).toMatchObject({ code: 'internal', message: "ENOENT: no such file or directory, rename 'film.mov' -> 'copy.mov'" })
  expect(String((fault as Error).cause)).toContain('/nowhere/else/copy.mov')
})
