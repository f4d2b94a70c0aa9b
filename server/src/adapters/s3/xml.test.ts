import { expect, test } from 'vitest'
import { escapeXml, listIn, parseXml, textIn } from './xml.ts'

test('what was escaped is read as it was, however much of it there is', () => {
  const keys = Array.from({ length: 2_000 }, (_, index) => ` "a" & 'b' <${index}> \t\n größe 🎬 &amp; 007`)
  const contents = keys.map((key) => `<Contents><Key>${escapeXml(key)}</Key><Size>007</Size></Contents>`).join('')
  const { name, element } = parseXml(Buffer.from(`<?xml version="1.0"?>\n<List xmlns="x">${contents}</List>`))
  expect(name).toBe('List')
  expect(listIn(element, 'Contents').map((content) => textIn(content, 'Key'))).toEqual(keys)
  expect(textIn(listIn(element, 'Contents')[0]!, 'Size')).toBe('007')
})

test('one entry is a list, an error alone is a document, and what is no XML is nothing', () => {
  expect(listIn(parseXml(Buffer.from('<L><Upload><Key>a</Key></Upload></L>')).element, 'Upload')).toHaveLength(1)
  const { name, element } = parseXml(Buffer.from('<Error><Code>SlowDown</Code></Error>'))
  expect([name, textIn(element, 'Code'), textIn(element, 'Message')]).toEqual(['Error', 'SlowDown', ''])
  expect(parseXml(Buffer.from('upstream is gone'))).toMatchObject({ element: {} })
})

test('no document of a stranger grows', () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Error><Code>&b;</Code></Error>'
  expect(textIn(parseXml(Buffer.from(bomb)).element, 'Code')).toBe('&b;')
})
