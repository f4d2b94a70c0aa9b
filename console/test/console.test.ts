import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assets } from '@capstan/contract/assets'
import type { Browser, BrowserContext, Dialog, Page } from 'playwright-core'
import { openBrowser, seriousViolations, signIn } from './browser.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'

const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }

/** What was opened, to be closed whatever failed. */
const opened: (() => Promise<void>)[] = []
let platform: Platform
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  platform = await startPlatform()
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' })
  page = await signIn(context, platform.url, platform.password)
  await eventually('the sample', async () => {
    const { items } = await platform.api(assets.list, { query: {} })
    return items.some(({ number, work }) => number === 1 && work?.status === 'completed')
  })
})

afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

const sample = () => platform.api(assets.get, { params: { id: '1' } })
const timecode = () => page.getByRole('button', { name: /^Timecode / })
const openSample = async (query = '') => {
  await page.goto(`${platform.url}/assets/1${query}`)
  await timecode().waitFor()
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
}

test('a wrong password is said under the field', async () => {
  const other = await browser.newContext()
  const form = await other.newPage()
  await form.goto(platform.url)
  await form.getByLabel('Name').fill('admin')
  await form.getByLabel('Password', { exact: true }).fill('not the password')
  await form.getByRole('button', { name: 'Sign in' }).click()
  await form.getByText('Name or password is wrong.').waitFor()
  await other.close()
})

test('the library finds the sample by a word and says how long it took', async () => {
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option', { name: /Capstan sample/ }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('sample kind:video')
  await page.getByText(/^ ?in [\d.]+ ms$/).waitFor()
  await page.waitForURL(/q=sample/)
  expect(await page.getByRole('option').count()).toBe(1)
  await page.getByLabel('Search the library').fill('nowhere-to-be-found')
  await page.getByText('Nothing fits').waitFor()
})

test('the keyboard moves, selects and opens; back keeps the selection', async () => {
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('x')
  await page.getByText('1 selected').waitFor()
  await page.keyboard.press('Enter')
  await timecode().waitFor()
  await page.goBack()
  await page.getByText('1 selected').waitFor()
  await page.keyboard.press('Escape')
})

test('a deep link opens its frame, and steps land on frames', async () => {
  await openSample('?t=10:00:05:12')
  await expect.poll(() => timecode().textContent()).toBe('10:00:05:12')
  await expect.poll(() => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)).toBeCloseTo(137.5 / 25, 2)
  for (const [key, label] of [
    ['ArrowRight', '10:00:05:13'],
    ['Shift+ArrowRight', '10:00:05:23'],
    ['ArrowLeft', '10:00:05:22'],
    ['Home', '10:00:00:00'],
    ['End', '10:00:19:24'],
  ] as const) {
    await page.keyboard.press(key)
    await expect.poll(() => timecode().textContent()).toBe(label)
  }
})

test('a typed timecode is gone to, J plays backwards, K stops', async () => {
  await openSample()
  await page.keyboard.press('g')
  await page.getByLabel('Go to timecode').fill('1000')
  await page.keyboard.press('Enter')
  await expect.poll(() => timecode().textContent()).toBe('10:00:10:00')
  await page.keyboard.press('j')
  await expect.poll(async () => ((await timecode().textContent()) ?? '') < '10:00:09:10').toBe(true)
  await page.keyboard.press('k')
  const stopped = await timecode().textContent()
  await page.waitForTimeout(300)
  expect(await timecode().textContent()).toBe(stopped)
})

test('in and out become a sub-clip', async () => {
  await openSample('?t=10:00:02:00')
  await expect.poll(() => timecode().textContent()).toBe('10:00:02:00')
  await page.keyboard.press('i')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('o')
  await page.keyboard.press('s')
  await page.getByLabel('Name of the sub-clip').fill('Eleven frames')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'Play Eleven frames' }).waitFor()
  const { items } = await platform.api(assets.subClips, { params: { id: '1' } })
  expect(items[0]).toMatchObject({ name: 'Eleven frames', inIndex: 50, outIndex: 61 })
})

test('fields are saved as one leaves them; a change by somebody else is shown, not overwritten', async () => {
  await openSample()
  await page.getByLabel('Description').fill('Bars and a ball')
  await page.getByLabel('Name', { exact: true }).focus()
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.route('**/api/v1/events/stream', (route) => route.abort())
  await page.getByLabel('Description').fill('Mine')
  await platform.api(assets.change, { params: { id: '1' }, body: { description: 'Theirs' }, ifMatch: `"${(await sample()).revision}"` })
  await page.route('**/api/v1/assets/1', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))
  await page.getByLabel('Name', { exact: true }).focus()
  await page.getByText('Somebody else changed this in the meantime.').waitFor()
  await page.getByRole('button', { name: 'Use mine' }).click()
  await eventually('the choice to be saved', async () => (await sample()).description === 'Mine', 10_000)
  await page.unrouteAll()
})

test('an upload arrives in the open library without a reload', async () => {
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option').first().waitFor()
  const name = 'Grüße ‏نشرة‎ 1.txt'
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('A word to be found: quokka.') })
  await page.getByRole('option', { name: /Grüße/ }).waitFor()
  await page.goto(`${platform.url}/arrivals`)
  await page.getByRole('row', { name: /Grüße/ }).first().waitFor()
})

test('an upload that a reload cut off goes on where it stopped', async () => {
  const file = join(platform.data, 'cut off.bin')
  await writeFile(file, Buffer.alloc(40 * 2 ** 20, 7))
  const input = page.locator('input[type=file]:not([webkitdirectory])')
  const network = await context.newCDPSession(page)
  const limit = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
  const dismiss = (dialog: Dialog) => void dialog.accept()
  page.on('dialog', dismiss)
  await page.goto(`${platform.url}/arrivals`)
  await network.send('Network.enable')
  await limit(6e6)
  await input.setInputFiles(file)
  await page
    .getByRole('region', { name: 'Uploads' })
    .getByText(/[2-9]\d %/)
    .waitFor()
  await page.reload()
  await page.getByText('Drop the same file again, and it goes on where it stopped.').waitFor()
  await input.setInputFiles(file)
  await page.getByText(/goes on at \d\d %/).waitFor()
  await limit(-1)
  await page.getByRole('region', { name: 'Uploads' }).getByText('1 of 1').waitFor()
  page.off('dialog', dismiss)
  await network.detach()
})

test('a platform that does not answer is said, and what is on the screen stays', async () => {
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option').first().waitFor()
  await page.route('**/api/v1/**', (route) => route.abort())
  await page.getByLabel('Search the library').fill('anything')
  await page.getByText('The platform does not answer').waitFor()
  await page.unrouteAll()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing fits').waitFor()
})

test('delete goes to the bin and can be taken back', async () => {
  await page.goto(`${platform.url}/assets?q=Grüße`)
  await page.getByRole('option', { name: /Grüße/ }).click()
  await page.keyboard.press('Delete')
  await page.getByText('1 asset is in the bin').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option', { name: /Grüße/ }).waitFor()
})

test('a job shows its log and the run that it belongs to', async () => {
  await page.goto(`${platform.url}/jobs`)
  await page.getByRole('row', { name: /proxy/ }).first().click()
  await page.getByRole('complementary', { name: /^Job \d+/ }).waitFor()
  await page.locator('.step', { hasText: 'Probe' }).waitFor()
  await page.getByRole('button', { name: 'Group by cause' }).click()
  await page.waitForURL(/grouped=true/)
})

test('100,000 assets keep the page small', async () => {
  const { technical: _t, files: _f, renditions: _r, ...summary } = await sample()
  await page.route('**/api/v1/search?*', (route) => {
    const url = new URL(route.request().url())
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const items = Array.from({ length: 100 }, (_, i) => ({
      ...summary,
      id: `00000000-0000-7000-8000-${String(from + i).padStart(12, '0')}`,
      number: from + i + 1,
      name: `Asset ${from + i + 1}`,
    }))
    return route.fulfill({ json: { items, nextCursor: String(from + 100), total: 100_000, tookMs: 4, facets: [] } })
  })
  await page.goto(`${platform.url}/assets`)
  await page.getByRole('option').first().waitFor()
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('End')
    await page.waitForTimeout(150)
  }
  expect(await page.getByRole('option').count()).toBeLessThan(80)
  expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(2_500)
  await page.unrouteAll()
})

const PAGES = [
  '/assets',
  '/assets/1',
  '/assets/1?tab=technical',
  '/assets/1?tab=renditions',
  '/assets/1?tab=history',
  '/arrivals',
  '/jobs',
  '/runs',
  '/runs/1',
  '/workflows',
  '/account',
]
const ADMIN = ['users', 'roles', 'tokens', 'sessions', 'hot-folders', 'storages', 'audit'].map((tab) => `/admin?tab=${tab}`)

test.each(['dark', 'light'])('no page has a serious axe violation: %s', async (theme) => {
  await page.addInitScript((scheme) => localStorage.setItem('mantine-color-scheme-value', scheme), theme)
  const found: string[] = []
  for (const path of [...PAGES, ...ADMIN, '/sign-in']) {
    await page.goto(platform.url + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForTimeout(350)
    found.push(...(await seriousViolations(page)).map((violation) => `${path} ${violation}`))
  }
  expect(found).toEqual([])
})

test('a phone has the rail below and nothing wider than its screen', async () => {
  await page.setViewportSize(PHONE)
  for (const path of [...PAGES, ...ADMIN]) {
    await page.goto(platform.url + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    const rail = await page.getByRole('navigation', { name: 'Main' }).boundingBox()
    expect(rail?.y, path).toBeGreaterThan(700)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(PHONE.width)
  }
  await page.setViewportSize(WIDE)
})
