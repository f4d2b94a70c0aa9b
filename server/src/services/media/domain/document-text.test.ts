import { describe, expect, test } from 'vitest'
import { officeKind, officeProperties, officeText, partCount, textParts, type XmlNode } from './document-office.ts'
import { decodeText, tidyText } from './document-text.ts'

describe('the character set', () => {
  const utf16 = Buffer.from('Grüße aus Köln', 'utf16le')
  test('is found by mark, by zeros, by UTF-8, else it is Windows-1252', () => {
    expect(decodeText(Buffer.from('Grüße', 'utf8'))).toEqual({ text: 'Grüße', charset: 'utf-8' })
    expect(decodeText(Buffer.from('\ufeffGrüße', 'utf8'))).toEqual({ text: 'Grüße', charset: 'utf-8' })
    expect(decodeText(Buffer.from('Grüße – “so”'.replace('–', '\x96').replace('“', '\x93').replace('”', '\x94'), 'latin1'))).toEqual({
      text: 'Grüße – “so”',
      charset: 'windows-1252',
    })
    expect(decodeText(utf16)).toEqual({ text: 'Grüße aus Köln', charset: 'utf-16le' })
    expect(decodeText(Buffer.from(utf16).swap16())).toEqual({ text: 'Grüße aus Köln', charset: 'utf-16be' })
    expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]))?.text).toBe('Grüße aus Köln')
  })
  test('of a binary file is none', () => {
    expect(decodeText(Buffer.from(Array.from({ length: 512 }, (_, i) => i % 32)))).toBeNull()
  })
  test('stays UTF-8 when reading stopped inside a character', () => {
    expect(decodeText(Buffer.from('naïve ü', 'utf8').subarray(0, -1))?.charset).toBe('utf-8')
  })
})

test('text is tidied, and cut without half a character', () => {
  expect(tidyText('a\r\nb \t\n\n\n\nc\0\n', 100)).toEqual({ text: 'a\nb\n\nc', truncated: false })
  expect(tidyText('ab🎬', 3)).toEqual({ text: 'ab', truncated: true })
})

const element = (name: string, ...children: XmlNode[]): XmlNode => ({ name, text: '', children })
const said = (text: string): XmlNode => ({ name: '#text', text, children: [] })

describe('office files', () => {
  test('are known by their parts or their mimetype', () => {
    expect(officeKind(['word/document.xml'], null)).toBe('docx')
    expect(officeKind(['ppt/presentation.xml'], null)).toBe('pptx')
    expect(officeKind(['mimetype', 'content.xml'], 'application/vnd.oasis.opendocument.spreadsheet')).toBe('ods')
    expect(officeKind(['a.txt'], null)).toBeNull()
  })
  test('slides come in the order of their numbers', () => {
    const names = ['ppt/slides/slide10.xml', 'ppt/slides/slide2.xml', 'ppt/slides/_rels/slide2.xml.rels', 'ppt/notesSlides/notesSlide1.xml']
    expect(textParts('pptx', names)).toEqual(['ppt/slides/slide2.xml', 'ppt/slides/slide10.xml', 'ppt/notesSlides/notesSlide1.xml'])
    expect(partCount('pptx', names)).toBe(2)
  })
  test('a paragraph is a line, and only runs are read', () => {
    const run = (text: string) => element('w:r', element('w:t', said(text)))
    const body = [
      element('w:p', run('One '), element('w:tab'), run('two')),
      element('w:p', element('w:instrText', said('PAGE')), run('three')),
    ]
    expect(officeText(body)).toBe('One  two\nthree\n')
  })
  test('properties are read from wherever they stand', () => {
    expect(officeProperties([element('cp:coreProperties', element('dc:title', said(' Report ')), element('Pages', said('7')))])).toEqual({
      title: 'Report',
      pages: 7,
    })
  })
})
