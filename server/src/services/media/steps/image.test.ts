import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MediaTools } from '../ports/media-tools.ts'
import { image } from './image.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'

const MEDIA = process.env['CAPSTAN_TEST_MEDIA']

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function imageOf(name: string, content: Uint8Array | { copyOf: string }) {
  const path = join(folder, name)
  await ('copyOf' in content ? copyFile(content.copyOf, path) : writeFile(path, content))
  const outDir = join(folder, `${name}-out`)
  await mkdir(outDir)
  const made = image(tools)(await stepInput(path, outDir, null))
  const result = await made.finally(async () => expect(await readdir(outDir)).not.toContain('decoding'))
  const open = (size: string) => sharp(join(outDir, size, result.renditions.find(({ name }) => name === size)!.mainFile))
  return { ...result, open, facts: result.output!['image'] as Record<string, unknown> }
}

/** Red left, blue right. */
const halves = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#e01010' } }).composite([
    { input: { create: { width: width / 2, height, channels: 3, background: '#1010e0' } }, left: width / 2, top: 0 },
  ])
const pixelAt = async (picture: Sharp, left: number, top: number) => {
  const png = await picture.extract({ left, top, width: 1, height: 1 }).png().toBuffer()
  return [...(await sharp(png).removeAlpha().raw().toBuffer())]
}
const reddish = [expect.closeTo(0xe0, -1.2), expect.closeTo(0x10, -1.2), expect.closeTo(0x10, -1.2)]

test('three sizes, none above the source, the large side first to its limit', async () => {
  const { renditions, warnings } = await imageOf('wide.png', await halves(3000, 1500).png().toBuffer())
  expect(warnings).toEqual([])
  expect(renditions.map(({ kind, name, facts }) => [kind, name, facts])).toEqual([
    ['image', 'image-320', { width: 320, height: 160 }],
    ['image', 'image-1280', { width: 1280, height: 640 }],
    ['image', 'image-2560', { width: 2560, height: 1280 }],
  ])
})

test('EXIF orientation is applied', async () => {
  const { open, facts } = await imageOf('turned.jpg', await halves(400, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer())
  expect(facts).toMatchObject({ width: 200, height: 400, embedded: { orientation: 6 } })
  expect(await pixelAt(open('image-320'), 80, 20)).toEqual(reddish)
})

test('CMYK is not inverted, a wide colour space comes back to sRGB, 16 bit to 8', async () => {
  const cmyk = await imageOf(
    'print.jpg',
    await halves(400, 200).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer(),
  )
  expect(cmyk.facts).toMatchObject({ colourSpace: 'cmyk' })
  const [red, green, blue] = await pixelAt(cmyk.open('image-320'), 20, 20)
  expect(red).toBeGreaterThan(180)
  expect(Math.max(green!, blue!)).toBeLessThan(70)
  const p3 = await imageOf('p3.png', await halves(400, 200).withIccProfile('p3').toColourspace('rgb16').png().toBuffer())
  expect(p3.facts).toMatchObject({ bitsPerSample: 16 })
  expect(await pixelAt(p3.open('image-320'), 20, 20)).toEqual(reddish)
})

test('what is transparent stays so, as WebP; an alpha channel that is full is dropped', async () => {
  const half = await imageOf(
    'glass.png',
    await sharp({ create: { width: 40, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } })
      .png()
      .toBuffer(),
  )
  expect(half.renditions[0]!.files).toEqual([{ path: 'image.webp', mediaType: 'image/webp' }])
  const full = await imageOf(
    'full.png',
    await sharp({ create: { width: 40, height: 40, channels: 4, background: '#fff' } })
      .png()
      .toBuffer(),
  )
  expect(full.renditions[0]!.files).toEqual([{ path: 'image.jpg', mediaType: 'image/jpeg' }])
})

test('a raw file is shown by the picture inside, upright', async () => {
  const { facts, open } = await imageOf('raw.CR2', canonRaw(await halves(400, 200).jpeg().toBuffer()))
  expect(facts).toMatchObject({ format: 'cr2', fromPreview: true, width: 200, height: 400 })
  expect(await pixelAt(open('image-320'), 80, 20)).toEqual(reddish)
})

/** The smallest file that is a CR2: its first directory points at a JPEG and says how to turn it. */
function canonRaw(jpeg: Buffer): Buffer {
  const entries = [
    [0x103, 3, 1, 6],
    [0x10f, 2, 4, 0x006e6143],
    [0x111, 4, 1, 128],
    [0x112, 3, 1, 6],
    [0x117, 4, 1, jpeg.length],
  ] as const
  const head = Buffer.alloc(128)
  head.write('II*\0\x10\0\0\0CR\x02\0', 'latin1')
  head.writeUInt16LE(entries.length, 16)
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 18 + i * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(value, at + 8)
  }
  return Buffer.concat([head, jpeg])
}

describe('hostile pictures', () => {
  test('an SVG is drawn without what it refers to', async () => {
    await writeFile(
      join(folder, 'secret.png'),
      await sharp({ create: { width: 100, height: 100, channels: 3, background: '#ffffff' } })
        .png()
        .toBuffer(),
    )
    const reference = `file://${join(folder, 'secret.png')}`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100"><rect width="100" height="100" fill="#e01010"/><image xlink:href="${reference}" width="100" height="100"/><image href="secret.png" width="100" height="100"/></svg>`
    const { open, facts } = await imageOf('reference.svg', Buffer.from(svg))
    expect(facts).toMatchObject({ format: 'svg' })
    expect(await pixelAt(open('image-320'), 160, 160)).toEqual(reddish)
  })

  test('entities that multiply, garbage and nothing are refused', async () => {
    const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
    const laughs = `<!DOCTYPE svg [<!ENTITY e0 "aaaaaaaaaa">${entities}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&e9;</text></svg>`
    await expect(imageOf('laughs.svg', Buffer.from(laughs))).rejects.toMatchObject({ code: 'invalid' })
    await expect(imageOf('garbage.png', Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251)))).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(imageOf('empty.jpg', Buffer.alloc(0))).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a picture cut short is shown as far as it goes, with a warning', async () => {
    const jpeg = await sharp({
      create: { width: 600, height: 600, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
    })
      .jpeg()
      .toBuffer()
    const { renditions, warnings } = await imageOf('cut.jpg', jpeg.subarray(0, jpeg.length / 2))
    expect(renditions).toHaveLength(2)
    expect(warnings).toEqual([expect.stringMatching(/damaged/)])
  })

  test('a header that claims too many pixels is refused by name', async () => {
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
      .png()
      .toBuffer()
    png.writeUInt32BE(100_000, 16)
    png.writeUInt32BE(100_000, 20)
    await expect(imageOf('claim.png', png)).rejects.toMatchObject({ code: expect.stringMatching(/too_large|invalid/) as string })
  })

  test('a step that is stopped leaves no process and no folder', async () => {
    const path = join(folder, 'stopped.png')
    await writeFile(path, await halves(3000, 1500).png().toBuffer())
    const outDir = join(folder, 'stopped-out')
    await mkdir(outDir)
    const input = { ...(await stepInput(path, outDir, null)), signal: AbortSignal.timeout(60) }
    await expect(image(tools)(input)).rejects.toMatchObject({ code: 'internal', details: { reason: 'aborted' } })
    expect(await readdir(outDir)).toEqual([])
  })
})

describe.skipIf(MEDIA === undefined)('real pictures', () => {
  test.each([
    ['cmyk.jpg', { format: 'jpeg', colourSpace: 'cmyk', width: 100, height: 100 }],
    ['exif-in.png', { format: 'png', width: 512, height: 512 }],
    [
      'gps-nikon.jpg',
      {
        embedded: expect.objectContaining({ camera: 'NIKON COOLPIX P6000', gps: { latitude: 43.467448, longitude: 11.885127 } }) as object,
      },
    ],
    [
      'iphone.HEIC',
      { format: 'heic', width: 2566, height: 3313, embedded: expect.objectContaining({ colourProfile: 'Display P3' }) as object },
    ],
    ['multipage.tiff', { format: 'tiff', pages: 3 }],
    ['nikon-raw.nef', { width: 2000, height: 3008, embedded: expect.objectContaining({ camera: 'NIKON D70s' }) as object }],
    ['orientation-6.jpg', { width: 600, height: 450 }],
  ])('%s', async (name, facts) => {
    const made = await imageOf(name, { copyOf: join(MEDIA!, 'image', name) })
    expect(made.facts).toMatchObject(facts)
    expect(made.renditions.length).toBeGreaterThan(0)
  })
})
