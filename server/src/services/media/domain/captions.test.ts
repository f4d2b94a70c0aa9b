import { expect, test } from 'vitest'
import { captionText } from './caption-text.ts'
import { readCues, webvttFile } from './captions.ts'

test.each([
  ['plain words', 'plain words'],
  ['<i>Hello</i> <b>bold</b> <u>line</u>', '<i>Hello</i> <b>bold</b> <u>line</u>'],
  ['<I>up</I><b.loud class=x>b</b>', '<i>up</i><b>b</b>'],
  ['<i>never closed', '<i>never closed</i>'],
  ['<b><i>crossed</b></i>', '<b><i>crossed</i></b>'],
  ['</b>closed only', 'closed only'],
  ['<font color="red">red</font><v Bob>voice</v><00:00:01.000>time', 'redvoicetime'],
  ['<script>alert(1)</script>', 'alert(1)'],
  ['<img src=x onerror=alert(1)>', ''],
  ['&lt;script&gt;alert(1)&lt;/script&gt;', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['&#60;b&#62; &#x1F600; &#0; &bogus;', '&lt;b&gt; 😀 &amp;#0; &amp;bogus;'],
  ['{\\an8\\pos(1,2)}top', 'top'],
  ['A --> B & C < D', 'A --&gt; B &amp; C &lt; D'],
  ['one\r\n\r\n \ntwo\u0000\u0007', 'one\ntwo'],
  ['<i> </i>', ''],
  ['<<b>b>x', '&lt;<b>b&gt;x</b>'],
])('the cue %j becomes %j', (raw, expected) => {
  expect(captionText(raw, 2_000)).toBe(expected)
})

test('cues are shifted, clipped to the film, sorted and read back as they were written', () => {
  const { cues, truncated } = readCues(
    'WEBVTT\n\n00:05.000 --> 00:06.000\nlate\n\nNOTE 00:01.000 --> 00:02.000\n\nid 1\n01:00.000 --> 01:01.000 line:0\npast the end\n\n00:00.500 --> 00:02.000\nfirst\n\n00:00.100 --> 00:00.900\nbefore\n\n00:09.000 --> 99:00:00.000\nlast',
    { shiftMs: 1_000, durationMs: 10_000 },
  )
  expect(truncated).toBe(false)
  expect(cues).toEqual([
    { startMs: 0, endMs: 1_000, text: 'first' },
    { startMs: 4_000, endMs: 5_000, text: 'late' },
    { startMs: 8_000, endMs: 10_000, text: 'last' },
  ])
  const written = webvttFile(cues)
  expect(written).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:01\.000\nfirst\n\n/)
  expect(readCues(written, { shiftMs: 0, durationMs: null }).cues).toEqual(cues)
})

test('more cues than anybody reads are cut off', () => {
  const many = Array.from({ length: 50_010 }, () => '00:01.000 --> 00:02.000\nx').join('\n\n')
  const { cues, truncated } = readCues(many, { shiftMs: 0, durationMs: null })
  expect([cues.length, truncated]).toEqual([50_000, true])
})
