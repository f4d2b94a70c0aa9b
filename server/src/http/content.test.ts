import fastifyStatic from '@fastify/static'
import fastify from 'fastify'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sendContent } from './content.ts'

async function headersOf(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-content-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'file'), 'x')
  const app = fastify()
  await app.register(fastifyStatic, { serve: false, root: '/', dotfiles: 'allow', cacheControl: false })
  app.get('/', (_request, reply) => sendContent(reply, join(folder, 'file'), { mediaType: 'text/html', attachment: name }))
  onTestFinished(() => app.close())
  return (await app.inject('/')).headers
}

test.each([
  ['../../x', '.._.._x'],
  ['..\\x', '.._x'],
  ['a\r\nset-cookie: b=c', 'a__set-cookie: b=c'],
  ['a"; filename=evil.html; x="', 'a"; filename=evil.html; x="'],
  ['\u202egpj.exe', '_gpj.exe'],
  ['größe 1 % 🎬.mov', 'größe 1 % 🎬.mov'],
])('the name %j of a download misleads nobody and breaks no header', async (name, told) => {
  const headers = await headersOf(name)
  expect(headers['set-cookie']).toBeUndefined()
  const disposition = String(headers['content-disposition'])
  const [, ascii, encoded] = /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([\w.!#$&+^`|~%-]+)$/.exec(disposition) ?? []
  expect(ascii).toBeDefined()
  expect(decodeURIComponent(encoded!)).toBe(told)
  expect(headers).toMatchObject({ 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' })
})
