import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assets } from '@capstan/contract/assets'
import { roles, users } from '@capstan/contract/identity'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser, signIn } from './browser.ts'
import { BITS, captionedClip, numberedClip, probe } from './clips.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'

const WIDE = { width: 1440, height: 900 }
const FRAMES = 500
const FPS = 25

/** What was opened, to be closed whatever failed. */
const opened: (() => Promise<void>)[] = []
let platform: Platform
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-clips-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  const [numbers, captioned] = [join(folder, 'numbers.mov'), join(folder, 'captioned.mov')]
  await numberedClip(numbers, FRAMES)
  await captionedClip(captioned, folder)
  platform = await startPlatform(['--no-sample', numbers, captioned])
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' })
  page = await signIn(context, platform.url, platform.password)
  await eventually('the clips', async () => {
    const { items } = await platform.api(assets.list, { query: {} })
    return items.length === 2 && items.every(({ work }) => work?.status === 'completed')
  })
})

afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

type Shown = { frame: number; atMs: number; on: 'canvas' | 'video' }

/** Reads the number burnt into what is on the screen at every refresh, from now on. */
const watch = (on: Page): Promise<void> =>
  on.evaluate((bits) => {
    const seen: Shown[] = []
    Object.assign(window, { seen })
    const small = document.createElement('canvas')
    ;[small.width, small.height] = [bits * 4, 4]
    const context = small.getContext('2d', { willReadFrequently: true })
    const [video, canvas] = [document.querySelector('video'), document.querySelector<HTMLCanvasElement>('.screen > canvas')]
    const look = () => {
      requestAnimationFrame(look)
      if (!context || !video || !canvas) return
      const source = canvas.hidden ? video : canvas
      const height = canvas.hidden ? video.videoHeight : canvas.height
      const width = canvas.hidden ? video.videoWidth : canvas.width
      context.drawImage(source, 0, 0, width, height / 6, 0, 0, small.width, small.height)
      const { data } = context.getImageData(0, 0, small.width, small.height)
      let frame = 0
      for (let bit = 0; bit < bits; bit++) if ((data[(2 * small.width + bit * 4 + 2) * 4] ?? 0) > 128) frame += 2 ** bit
      const on = canvas.hidden ? 'video' : 'canvas'
      if (seen.at(-1)?.frame !== frame || seen.at(-1)?.on !== on) seen.push({ frame, atMs: performance.now(), on })
    }
    look()
  }, BITS)

const seen = (): Promise<Shown[]> => page.evaluate(() => (window as unknown as { seen: Shown[] }).seen)
const timecode = () => page.getByRole('button', { name: /^Timecode / })
const labelOf = (frame: number): string =>
  `10:00:${String(Math.floor(frame / FPS)).padStart(2, '0')}:${String(frame % FPS).padStart(2, '0')}`

/** Sets in and out and keeps the stretch; answers its id. */
async function keepClip(name: string, inFrame: number, frames: number): Promise<string> {
  await openAt(inFrame)
  await page.keyboard.press('i')
  for (let i = 1; i < frames; i++) await page.keyboard.press('ArrowRight')
  await expect.poll(() => timecode().textContent()).toBe(labelOf(inFrame + frames - 1))
  await page.keyboard.press('o')
  await page.keyboard.press('s')
  await page.getByLabel('Name of the sub-clip').fill(name)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: `Play ${name}` }).waitFor()
  const { items } = await platform.api(assets.subClips, { params: { id: '1' } })
  return items.find((clip) => clip.name === name)?.id ?? ''
}

async function openAt(frame: number): Promise<void> {
  await page.goto(`${platform.url}/assets/1?t=${labelOf(frame)}`)
  await timecode().waitFor()
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
  await watch(page)
  await expect.poll(async () => (await seen()).at(-1)?.frame).toBe(frame)
}

const isOnCanvas = ({ on }: Shown) => on === 'canvas'
const outOfOrder = (shown: readonly Shown[]) => shown.filter(({ frame }, i) => i > 0 && frame >= (shown[i - 1]?.frame ?? 0))
const stillStands = () => page.waitForFunction(() => document.querySelector<HTMLCanvasElement>('.screen > canvas')?.hidden)

/** How a stretch of playing looked: frames a second, how fast, and the share of frames of the film that were not seen. */
function figures(shown: readonly Shown[]): { perSecond: number; speed: number; dropped: number } {
  const [first, last] = [shown[0], shown.at(-1)]
  if (!first || !last || first === last) return { perSecond: 0, speed: 0, dropped: 1 }
  const seconds = (last.atMs - first.atMs) / 1000
  const passed = last.frame - first.frame
  return { perSecond: (shown.length - 1) / seconds, speed: passed / seconds / FPS, dropped: 1 - (shown.length - 1) / Math.abs(passed) }
}

test('J plays backwards picture by picture, again faster, and K stops on what is seen', async ({ annotate }) => {
  await openAt(490)
  for (const [speed, ms, floor] of [
    [1, 4_000, 12],
    [2, 2_500, 15],
    [4, 2_000, 15],
  ] as const) {
    const before = (await seen()).length
    await page.keyboard.press('j')
    await page.waitForTimeout(ms)
    const all = (await seen()).slice(before)
    const { perSecond, speed: was, dropped } = figures(all.filter(isOnCanvas))
    await annotate(`${speed}x backwards: ${perSecond.toFixed(1)} frames/s, ${(dropped * 100).toFixed(1)} % dropped, ${was.toFixed(2)}x`)
    expect(outOfOrder(all)).toEqual([])
    expect(perSecond).toBeGreaterThan(floor)
    expect(Math.abs(was + speed)).toBeLessThan(speed / 4)
  }
  await page.keyboard.press('k')
  const stopped = await timecode().textContent()
  await stillStands()
  await page.waitForTimeout(300)
  expect(await timecode().textContent()).toBe(stopped)
  const last = (await seen()).at(-1)
  expect({ on: last?.on, label: labelOf(last?.frame ?? -1) }).toEqual({ on: 'video', label: stopped })
})

test('from backwards L goes on forwards at the same picture, and J ends at the first one', async () => {
  await openAt(60)
  await page.keyboard.press('j')
  await expect.poll(async () => (await seen()).at(-1)?.on).toBe('canvas')
  await page.keyboard.press('l')
  await stillStands()
  const turned = Math.min(...(await seen()).map(({ frame }) => frame))
  await expect.poll(async () => (await seen()).at(-1)?.frame).toBeGreaterThan(turned + 10)
  for (let i = 0; i < 3; i++) await page.keyboard.press('j')
  await expect.poll(() => timecode().textContent()).toBe(labelOf(0))
  await stillStands()
  await expect.poll(async () => (await seen()).at(-1)).toMatchObject({ frame: 0, on: 'video' })
})

test('while K is held, J and L move one frame, and slowly when they are held too', async () => {
  await openAt(100)
  await page.keyboard.down('k')
  await page.keyboard.press('j')
  await expect.poll(() => timecode().textContent()).toBe(labelOf(99))
  await page.keyboard.press('l')
  await page.keyboard.press('l')
  await expect.poll(() => timecode().textContent()).toBe(labelOf(101))
  await page.keyboard.down('j')
  await page.keyboard.down('j')
  await page.getByText('−0.25 ×').waitFor()
  await page.keyboard.up('j')
  await page.getByText('−0.25 ×').waitFor({ state: 'detached' })
  await page.keyboard.up('k')
})

test('L is heard at 1 and 2 times and silent at 4', async () => {
  await openAt(0)
  const heard: boolean[] = []
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('l')
    await page.waitForTimeout(150)
    heard.push(await page.evaluate(() => !document.querySelector('video')?.muted))
  }
  expect(heard).toEqual([true, true, false])
  await page.keyboard.press('k')
  expect(await page.getByRole('button', { name: 'Mute', exact: true }).first().isVisible()).toBe(true)
})

test('a step back shows the frame before at once', async ({ annotate }) => {
  await openAt(300)
  const tookMs = await page.evaluate(async () => {
    const { seen } = window as unknown as { seen: Shown[] }
    const took: number[] = []
    for (let step = 0; step < 40; step++) {
      const [wanted, from] = [(seen.at(-1)?.frame ?? 0) - 1, performance.now()]
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))
      while (seen.at(-1)?.frame !== wanted && performance.now() - from < 2_000) await new Promise(requestAnimationFrame)
      took.push(performance.now() - from)
    }
    return took.sort((a, b) => a - b)
  })
  await annotate(`step back: p50 ${tookMs[20]?.toFixed(0)} ms, p95 ${tookMs[37]?.toFixed(0)} ms`)
  expect((await seen()).at(-1)?.frame).toBe(260)
  expect(tookMs[20]).toBeLessThan(80)
})

test('a browser without a decoder plays backwards by seeks', async () => {
  const other = await browser.newContext({ viewport: WIDE, storageState: await context.storageState() })
  await other.addInitScript(() => Object.defineProperty(globalThis, 'VideoDecoder', { value: undefined }))
  const plain = await other.newPage()
  await plain.goto(`${platform.url}/assets/1?t=${labelOf(200)}`)
  const label = plain.getByRole('button', { name: /^Timecode / })
  await expect.poll(() => label.textContent()).toBe(labelOf(200))
  await plain.keyboard.press('j')
  await expect.poll(async () => ((await label.textContent()) ?? '') < labelOf(180)).toBe(true)
  expect(await plain.evaluate(() => document.querySelector<HTMLCanvasElement>('.screen > canvas')?.hidden)).toBe(true)
  await other.close()
})

test('a sub-clip is kept, played, renamed, linked, downloaded to the frame, and removed', async () => {
  const id = await keepClip('Sting', 110, 9)
  await openAt(0)
  await page.getByRole('button', { name: 'Play Sting' }).click()
  await expect.poll(() => timecode().textContent()).toBe(labelOf(118))
  const played = (await seen()).map(({ frame }) => frame)
  expect(Math.min(...played.filter((frame) => frame > 0))).toBe(110)
  expect(Math.max(...played)).toBe(118)

  await page.getByLabel('Name of Sting').fill('Sting, clean')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Play Sting, clean' }).waitFor()

  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy a link to Sting, clean' }).click()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe(`${platform.url}/assets/1?clip=${id}`)
  await page.goto(link)
  await expect.poll(() => timecode().textContent()).toBe(labelOf(110))
  const stretch = await page.getByLabel('In and out', { exact: true }).textContent()
  expect(stretch).toContain(labelOf(110))
  expect(stretch).toContain(labelOf(118))

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download Sting, clean' }).click()])
  expect(download.suggestedFilename()).toBe('Sting, clean.mp4')
  const { streams } = await probe(await download.path())
  const video = streams.find(({ codec_type }) => codec_type === 'video')
  expect(video).toMatchObject({ nb_read_frames: '9', width: 640, height: 360, r_frame_rate: '25/1' })
  expect(video?.['tags']).toMatchObject({ timecode: labelOf(110) })

  await page.getByRole('button', { name: 'Remove Sting, clean' }).click()
  await page.getByRole('button', { name: 'Play Sting, clean' }).waitFor({ state: 'detached' })
  await page.goto(link)
  await page.getByText('The sub-clip of this link was removed.').waitFor()
})

test('a still opens in the full size of the source', async () => {
  await page.goto(`${platform.url}/assets/2`)
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
  expect(await page.evaluate(() => document.querySelector('video')?.videoHeight)).toBe(540)
  const [still] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('button', { name: 'Full-size still of this frame' }).click(),
  ])
  await still.waitForLoadState()
  const size = await still.evaluate(() => [document.querySelector('img')?.naturalWidth, document.querySelector('img')?.naturalHeight])
  expect(size).toEqual([1280, 720])
  await still.close()
})

test('a marker is seen at once by somebody else, who may not change it', async () => {
  const { items } = await platform.api(roles.list, { query: {} })
  const roleIds = items.filter(({ name }) => name === 'reviewer').map(({ id }) => id)
  await platform.api(users.create, { body: { name: 'Rita', password: 'walking the harbour at dusk', roleIds } })
  const elsewhere = await browser.newContext({ viewport: WIDE })
  const other = await signIn(elsewhere, platform.url, 'walking the harbour at dusk', 'Rita')
  await other.goto(`${platform.url}/assets/1`)
  await other.getByText('M marks the frame that is shown, for everybody.').waitFor()

  await openAt(75)
  await page.keyboard.press('m')
  const text = page.getByLabel(`Text of the marker at ${labelOf(75)}`)
  await page.keyboard.type('Cut early')
  await page.keyboard.press('Enter')
  await text.fill('Cut earlier')
  await page.keyboard.press('Enter')
  await other.getByText('Cut earlier').waitFor()
  await expect.poll(() => other.locator('.mark-pin').count()).toBe(1)
  expect(await other.getByRole('button', { name: /^Remove the marker/ }).count()).toBe(0)
  await other.getByRole('button', { name: `Go to the marker at ${labelOf(75)}` }).click()
  await expect.poll(() => other.getByRole('button', { name: /^Timecode / }).textContent()).toBe(labelOf(75))
  await other.keyboard.press('Shift+ArrowRight')
  await expect.poll(() => other.getByRole('button', { name: /^Timecode / }).textContent()).toBe(labelOf(85))
  await other.keyboard.press('m')
  await other.keyboard.type('And here')
  await other.keyboard.press('Enter')
  await expect.poll(() => page.getByLabel(`Text of the marker at ${labelOf(85)}`).inputValue()).toBe('And here')
  await page.getByRole('button', { name: `Remove the marker at ${labelOf(75)}` }).click()
  await other.getByText('Cut earlier').waitFor({ state: 'detached' })
  await elsewhere.close()
})

test('every key of the guide does what it says', async () => {
  await openAt(50)
  const press = (key: string) => page.keyboard.press(key)
  const at = (frame: number) => expect.poll(() => timecode().textContent()).toBe(labelOf(frame))
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const inOut = () => page.getByLabel('In and out', { exact: true }).textContent()

  await press('Space')
  await button('Pause').waitFor()
  await press('Space')
  await button('Play').waitFor()
  for (const [key, speed] of [
    ['l', null],
    ['l', '2 ×'],
    ['j', '−1 ×'],
  ] as const) {
    await press(key)
    if (speed) await page.getByText(speed, { exact: true }).waitFor()
  }
  await press('k')
  await button('Play').waitFor()

  await press('g')
  await page.keyboard.type('400')
  await press('Enter')
  await at(100)
  for (const [key, frame] of [
    ['ArrowRight', 101],
    ['ArrowLeft', 100],
    ['Shift+ArrowRight', 110],
    ['Shift+ArrowLeft', 100],
    ['End', FRAMES - 1],
    ['Home', 0],
  ] as const) {
    await press(key)
    await at(frame)
  }

  for (const key of ['Shift+ArrowRight', 'i', 'Shift+ArrowRight', 'o']) await press(key)
  expect(await inOut()).toContain(`${labelOf(10)}→${labelOf(20)}`)
  await press('Shift+I')
  await at(10)
  await press('Shift+O')
  await at(20)
  await press('s')
  await page.getByRole('dialog', { name: 'Save sub-clip' }).waitFor()
  await press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await press('Alt+x')
  await page.getByLabel('In and out', { exact: true }).waitFor({ state: 'detached' })

  await press('m')
  await page.keyboard.type('dropped')
  await press('Escape')
  await press('m')
  await press('Enter')
  await page.getByLabel(`Text of the marker at ${labelOf(20)}`).waitFor()
  expect(await page.getByText('dropped').count()).toBe(0)
  await press('Home')
  await at(0)
  await press(']')
  await at(20)
  await press('End')
  await press('[')
  await expect.poll(() => timecode().textContent()).not.toBe(labelOf(FRAMES - 1))

  await press('u')
  await button('Sound on').waitFor()
  await press('u')
  await press('a')
  await page.locator('.safe').waitFor()
  await press('a')
  await press('f')
  await button('Leave full screen').waitFor()
  await press('f')
  await button('Full screen').waitFor()
  const [still] = await Promise.all([context.waitForEvent('page'), press('p')])
  await still.close()
  await press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await press('Escape')
})

test('captions that the film carries are switched on and seen', async () => {
  await page.goto(`${platform.url}/assets/2`)
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
  await page.keyboard.press('ArrowRight')
  const picture = () => page.locator('.screen').screenshot()
  await page.waitForTimeout(500)
  const without = await picture()
  expect(await picture()).toEqual(without)
  await page.keyboard.press('c')
  await expect.poll(cue).toBe('Grüße vom Hafen')
  await expect.poll(async () => (await picture()).equals(without)).toBe(false)
  await page.keyboard.press('c')
  await expect.poll(async () => (await picture()).equals(without)).toBe(true)
  await page.getByRole('button', { name: 'Captions' }).click()
  await page.getByRole('menuitem').nth(1).click()
  await expect.poll(cue).toBe('Grüße vom Hafen')
})

test('surround and stereo have a lane for each channel, and solo and mute are heard', async () => {
  await page.goto(`${platform.url}/assets/2`)
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
  const drawn = () =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLCanvasElement>('.track canvas'), (lane) => {
        const data = lane.getContext('2d')?.getImageData(Math.floor(lane.width / 2), 0, 1, lane.height).data ?? []
        return data.filter((value, i) => i % 4 === 3 && value > 0).length
      }),
    )
  await expect.poll(async () => (await drawn()).map((pixels) => pixels > 4)).toEqual([...Array<boolean>(7).fill(false), true])
  const names = await page.locator('.lane-name').allTextContents()
  expect(names.map((name) => name.replace(/SM$/, ''))).toEqual(['A1 L', 'A1 R', 'A1 C', 'A1 LFE', 'A1 Ls', 'A1 Rs', 'A2 L', 'A2 R'])

  const solo = (name: string) => page.getByRole('button', { name: `Solo ${name}`, exact: true }).click()
  const levels = () =>
    page.locator('.levels i').evaluateAll((bars) => bars.map((bar) => parseFloat((bar as HTMLElement).style.getPropertyValue('--level'))))
  const plays = () => page.evaluate(() => document.querySelector('video')?.paused === false)
  await solo('A2 R')
  await page.keyboard.press('Space')
  await expect.poll(async () => (await levels()).every((level) => level > 50)).toBe(true)
  await solo('A2 R')
  await solo('A1 C')
  await expect.poll(async () => (await levels()).every((level) => level === 0)).toBe(true)
  expect(await plays()).toBe(true)
  await page.keyboard.press('k')
})

/** The words of the track that is showing. */
const cue = (): Promise<string | undefined> =>
  page.evaluate(() => {
    const track = Array.from(document.querySelector('video')?.textTracks ?? []).find(({ mode }) => mode === 'showing')
    const [first] = Array.from(track?.activeCues ?? [])
    return first instanceof VTTCue ? first.text : undefined
  })
