import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assets } from '@capstan/contract/assets'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser, signIn } from './browser.ts'
import { BITS, numberedClip } from './clips.ts'
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
  const clip = join(folder, 'numbers.mov')
  await numberedClip(clip, FRAMES)
  platform = await startPlatform(['--no-sample', clip])
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' })
  page = await signIn(context, platform.url, platform.password)
  await eventually('the clip', async () => {
    const { items } = await platform.api(assets.list, { query: {} })
    return items.length === 1 && items.every(({ work }) => work?.status === 'completed')
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
