import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assets } from '@capstan/contract/assets'
import type { Browser, BrowserContext, Dialog, Page } from 'playwright-core'
import { openBrowser, seriousViolations, signIn } from './browser.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'

const opened: (() => Promise<void>)[] = []
let platform: Platform
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  platform = await startPlatform(['--no-sample'])
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } })
  page = await signIn(context, platform.url, platform.password)
})

afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

const tile = (name: string | RegExp) => page.getByRole('option', { name })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const files = () => page.locator('input[type=file]:not([webkitdirectory])')
const text = (name: string, words = name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(words) })
const tray = () => page.getByRole('region', { name: 'Uploads' })

async function library(query = ''): Promise<void> {
  await page.goto(`${platform.url}/assets${query}`)
  await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
}

/** Files and folders let go over the window, as the browser itself would tell it. */
async function drop(...paths: string[]): Promise<void> {
  const devtools = await context.newCDPSession(page)
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver'] as const) await devtools.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data })
  await page.getByText('Drop to upload').waitFor({ state: 'attached' })
  await devtools.send('Input.dispatchDragEvent', { type: 'drop', x: 700, y: 400, data })
  await devtools.detach()
}

const LONG = `${'A name that does not end '.repeat(8).slice(0, 196)}.txt`

test('an empty library says what to do; a folder that is dropped comes in with its names, held back and let go on', async () => {
  await library()
  await page.getByText('The library is empty').waitFor()
  const folder = await mkdtemp(join(tmpdir(), 'capstan-drop-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'Day 1', 'Camera A'), { recursive: true })
  await writeFile(join(folder, 'Day 1', LONG), 'long')
  await writeFile(join(folder, 'Day 1', '.DS_Store'), 'litter')
  await writeFile(join(folder, 'Day 1', 'Camera A', '🎬 نشرة المساء.txt'), 'evening')
  await writeFile(join(folder, 'Day 1', 'Camera A', 'card.bin'), Buffer.alloc(24 * 2 ** 20, 5))
  const network = await context.newCDPSession(page)
  const limit = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
  await network.send('Network.enable')
  await limit(5e6)
  await drop(join(folder, 'Day 1'))
  await tray().getByText('2 of 3').waitFor()
  await tray().getByRole('button', { name: 'Pause', exact: true }).click()
  await tray().getByText('paused').waitFor()
  await limit(-1)
  await tray().getByRole('button', { name: 'Resume', exact: true }).click()
  await tray().getByText('3 of 3').waitFor()
  await network.detach()
  for (const name of [LONG, '🎬 نشرة المساء.txt', 'card.bin']) await tile(name).waitFor()
  await tile(LONG).click()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: LONG }).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440)
})

test('a folder that is dropped again after a reload sends only what is not here yet, and all of it once more on purpose', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-again-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  const reel = join(folder, 'Reel 7')
  await mkdir(reel)
  await writeFile(join(reel, 'shots.txt'), 'shots')
  for (const name of ['reel a.bin', 'reel b.bin']) await writeFile(join(reel, name), Buffer.alloc(20 * 2 ** 20, name))
  const reels = async () =>
    (await platform.api(assets.list, { query: { limit: 200 } })).items.filter(({ name }) => /^(reel|shots)/.test(name))
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/uploads') && sent.push(request.url()))
  const network = await context.newCDPSession(page)
  const limit = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput })
  const leave = (dialog: Dialog) => void dialog.accept()
  page.on('dialog', leave)
  await library()
  await network.send('Network.enable')
  await limit(6e6)
  await drop(reel)
  await tray().getByText('1 of 3').waitFor()
  await tray()
    .getByText(/[2-9]\d %/)
    .first()
    .waitFor()
  await library()
  await limit(-1)
  await drop(reel)
  await tray().getByText('3 of 3 · 1 already here').waitFor()
  expect((await reels()).map(({ name }) => name).sort()).toEqual(['reel a.bin', 'reel b.bin', 'shots.txt'])
  expect(sent).toHaveLength(3)

  await library()
  await drop(reel)
  await tray().getByText('3 of 3 · 3 already here').waitFor()
  expect(await seriousViolations(page)).toEqual([])
  await tray().getByRole('listitem').filter({ hasText: 'shots.txt' }).getByRole('button', { name: 'Take in again' }).click()
  await eventually('a second asset', async () => (await reels()).length === 4)
  expect(sent).toHaveLength(4)
  await tray().getByRole('link', { name: 'reel a.bin' }).click()
  await page.getByRole('heading', { level: 1, name: 'reel a.bin' }).waitFor()
  await tray().getByRole('button', { name: 'Clear the finished' }).click()

  const [{ id, number } = { id: '', number: 0 }] = (await reels()).filter(({ name }) => name === 'reel b.bin')
  await platform.api(assets.remove, { params: { id } })
  await library()
  await drop(reel)
  await tray().getByText('3 of 3 · 2 already here').waitFor()
  expect((await reels()).find(({ name }) => name === 'reel b.bin')?.number).toBeGreaterThan(number)
  page.off('dialog', leave)
  await network.detach()
})

test('what is chosen stays chosen when something arrives above it', async () => {
  await library()
  await tile('card.bin').click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByLabel('Description').fill('half a sentence')
  await files().setInputFiles([text('later.txt'), text('latest.txt')])
  await tile('latest.txt').waitFor()
  expect(await details.getByLabel('Description').inputValue()).toBe('half a sentence')
  expect(await details.getByLabel('Name', { exact: true }).inputValue()).toBe('card.bin')
})

test('several are tagged and published at once, and another browser sees it without a reload', async () => {
  const other = await signIn(await browser.newContext({ reducedMotion: 'reduce' }), platform.url, platform.password)
  await library()
  await tile('later.txt').click()
  await tile('latest.txt').click({ modifiers: ['Control'] })
  await button('Add tags').click()
  await page.getByRole('combobox', { name: 'Tags to add' }).pressSequentially('sport, Café')
  await button('Add').click()
  await page.getByText('Tags added to 2 assets').waitFor()
  await button('Publish').first().click()
  await page.getByText('Publishing 2 assets').waitFor()
  await other.getByRole('button', { name: /^Café 2/ }).click()
  expect(await other.getByRole('option').count()).toBe(2)
  await other.getByText('Published', { exact: true }).nth(1).waitFor()
  await other.context().close()

  await page.goto(`${platform.url}/assets?q=latest`)
  await tile('latest.txt').dblclick()
  await button('Unpublish').click()
  await button('Publish').waitFor()
  await page.getByRole('button', { name: 'Download' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Original' }).click()
  expect((await download).suggestedFilename()).toBe('latest.txt')
})

test('deleted, taken back, deleted again and purged: the record stays, and nothing offers to bring it back', async () => {
  await library()
  await tile('later.txt').click()
  await page.keyboard.press('Delete')
  await page.getByText('1 asset is in the bin').waitFor()
  await button('Bin').click()
  await tile('later.txt').click({ modifiers: ['Control'] })
  await button('Restore').click()
  await tile('later.txt').waitFor({ state: 'detached' })
  await button('Bin').click()
  await tile('later.txt').click()
  await page.keyboard.press('Delete')
  await tile('later.txt').waitFor({ state: 'detached' })
  await button('Bin').click()
  await tile('later.txt').click({ modifiers: ['Control'] })
  await button('Purge…').click()
  await page.getByText('The files of 1 asset are removed and cannot come back').waitFor()
  await button('Purge').click()
  await page.getByText('1 asset purged').waitFor()
  await tile('later.txt').dblclick()
  await page.getByText('Its files were removed for good').waitFor()
  expect(await button('Restore').count()).toBe(0)
})

test('letters that are typed while an answer comes are kept', async () => {
  await library()
  const box = page.getByLabel('Search the library')
  await box.pressSequentially('a name that does not end', { delay: 45 })
  await page.waitForURL(/q=a\+name\+that\+does\+not\+end|q=a%20name%20that%20does%20not%20end/)
  expect(await box.inputValue()).toBe('a name that does not end')
})

test('more than a thousand assets are scrolled through to the last', async () => {
  const make = (from: number) =>
    Promise.all(Array.from({ length: 30 }, (_, i) => platform.api(assets.create, { body: { name: `n ${from + i}` } })))
  for (let from = 0; from < 1_020; from += 30) await make(from)
  await eventually('all to be found', async () => (await platform.api(assets.list, { query: { limit: 1 } })).items.length === 1)
  await page.goto(`${platform.url}/assets?sort=created&q=kind:unknown`)
  await page.getByText(/1.020 assets/).waitFor()
  const last = tile('n 1019')
  for (let i = 0; i < 40 && (await last.count()) === 0; i++) {
    await page.keyboard.press('End')
    await page.waitForTimeout(150)
  }
  await last.waitFor()
})

test('a platform that goes away is said on every page, and its return is noticed', async () => {
  await library()
  await page.waitForTimeout(2_500)
  const bringBack = await platform.kill()
  await page.getByText('Connection lost, trying again').waitFor()
  await page.getByRole('link', { name: 'Workflows' }).click()
  await page.getByText('The platform does not answer').waitFor()
  await bringBack()
  await page.getByRole('link', { name: /^Ingest ingest/ }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
})

test('an upload for which there is no room is refused at once, in words', async () => {
  const full = await startPlatform(['--no-sample'], { CAPSTAN_LOW_WATER_BYTES: String(2 ** 50) })
  opened.push(full.stop)
  const narrow = await signIn(await browser.newContext({ reducedMotion: 'reduce' }), full.url, full.password)
  await narrow.locator('input[type=file]').first().setInputFiles(text('too much.txt'))
  await narrow.getByText(/there is no room for/).waitFor({ timeout: 5_000 })
})
