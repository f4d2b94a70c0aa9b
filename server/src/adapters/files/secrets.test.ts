import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { secretsContract } from '../../ports/secrets.contract.ts'
import { FileSecrets } from './secrets.ts'

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-secrets-'))
  return { folder, path: join(folder, 'secrets.json'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

secretsContract('files', async () => {
  const { path, remove } = newFolder()
  return { secrets: new FileSecrets(path), again: () => new FileSecrets(path), close: async () => remove() }
})

async function withOneSecret() {
  const made = newFolder()
  onTestFinished(made.remove)
  const secrets = new FileSecrets(made.path)
  await secrets.put('totp', Buffer.from('hidden'), 0)
  return { ...made, secrets }
}

test('the file is for its owner alone, and nothing else is left', async () => {
  const { folder, path } = await withOneSecret()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['secrets.json'])
})

test.each([0o640, 0o604, 0o660])('a file with the mode %o is refused and not written into', async (mode) => {
  const { path, secrets } = await withOneSecret()
  chmodSync(path, mode)
  await expect(secrets.get('totp')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('chmod 600') as string })
  await expect(secrets.put('totp', Buffer.from('x'), 1)).rejects.toMatchObject({ code: 'unavailable' })
  chmodSync(path, 0o600)
  expect((await secrets.get('totp'))?.version).toBe(1)
})

test('a link in its place is refused', async () => {
  const { path, secrets } = await withOneSecret()
  renameSync(path, `${path}.real`)
  symlinkSync(`${path}.real`, path)
  await expect(secrets.get('totp')).rejects.toMatchObject({ code: 'unavailable' })
})

test('a damaged file is refused, kept as it is, and not quoted', async () => {
  const { path, secrets } = await withOneSecret()
  const damaged = readFileSync(path, 'utf8').slice(0, -10)
  writeFileSync(path, damaged)
  const refusal = await secrets.get('totp').catch((error: unknown) => error as Error)
  expect(refusal).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^secrets\.json is damaged/) as string })
  expect(JSON.stringify([refusal, (refusal as Error).cause])).not.toContain(Buffer.from('hidden').toString('base64'))
  await expect(secrets.put('other', Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'unavailable' })
  expect(readFileSync(path, 'utf8')).toBe(damaged)
})
