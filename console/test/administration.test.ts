import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { totpCode } from '../../server/src/services/identity/domain/totp.ts'
import { openBrowser, seriousViolations, signIn } from './browser.ts'
import { startPlatform, type Platform } from './platform.ts'

const PASSWORD = 'a long password'

const opened: (() => Promise<void>)[] = []
let platform: Platform
let browser: Browser
let page: Page

beforeAll(async () => {
  platform = await startPlatform(['--no-sample'])
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  page = await signIn(await browser.newContext({ reducedMotion: 'reduce' }), platform.url, platform.password)
})

afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

const tab = async (name: string) => {
  await page.goto(`${platform.url}/admin?tab=${name}`)
  await page.getByRole('region', { name: /./ }).first().waitFor()
}
const dialog = () => page.getByRole('dialog')
const save = async () => {
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().waitFor({ state: 'detached' })
}
const row = (name: string | RegExp) => page.getByRole('row', { name })

async function addUser(name: string, role: string): Promise<void> {
  await tab('users')
  await page.getByRole('button', { name: 'Add a user' }).click()
  await dialog().getByLabel('Name', { exact: true }).fill(name)
  await dialog().getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await dialog().getByRole('combobox', { name: 'Roles' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('option', { name: role, exact: true }).click()
  await page.keyboard.press('Escape')
  expect(await seriousViolations(page)).toEqual([])
  await save()
  await row(new RegExp(`${name}.*${role}`)).waitFor()
}

const another = async (name: string, password = PASSWORD) =>
  signIn(await browser.newContext({ reducedMotion: 'reduce' }), platform.url, password, name)
const account = async (of: Page) => {
  await of.getByRole('button', { name: 'You' }).click()
  await of.getByRole('menuitem', { name: 'My account' }).click()
}

test('a user is added, may do what the role says, gets a new password, and is shut out at once', async () => {
  await addUser('mia', 'operator')
  const mia = await another('mia')
  await mia.getByText('The library is empty').waitFor()
  expect(await mia.getByRole('link', { name: 'Administration' }).count()).toBe(0)
  expect(await mia.getByRole('button', { name: 'Upload' }).count()).toBe(0)

  await page.getByRole('button', { name: 'Change mia' }).click()
  await dialog().getByRole('textbox', { name: 'New password' }).fill('another password')
  await save()
  await mia.getByRole('link', { name: 'Jobs', exact: true }).click()
  await mia.getByText('You were signed out').waitFor()
  const again = await another('mia', 'another password')

  await page.getByRole('button', { name: 'Change mia' }).click()
  await dialog().getByRole('switch', { name: 'May sign in' }).click({ force: true })
  await save()
  await row(/mia.*disabled/).waitFor()
  await again.getByRole('link', { name: 'Jobs', exact: true }).click()
  await again.getByText('You were signed out').waitFor()
})

test('a role is made, changed and removed; a name that is taken is said under the field', async () => {
  await tab('roles')
  await page.getByRole('button', { name: 'Add a role' }).click()
  await dialog().getByLabel('Name').fill('operator')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog()
    .getByText(/exists already/)
    .waitFor()
  await dialog().getByLabel('Name').fill('logger')
  await dialog().getByLabel('edit').check()
  await save()
  await row(/logger.*see, edit/)
    .getByRole('button', { name: 'Change' })
    .click()
  await dialog().getByLabel('publish').check()
  await save()
  await row(/logger.*see, edit, publish/)
    .getByRole('button', { name: 'Remove' })
    .click()
  await row(/logger/).waitFor({ state: 'detached' })
})

test('a token is shown once, works, and does not after it was revoked', async () => {
  await tab('tokens')
  await page.getByRole('button', { name: 'Make a token' }).click()
  await dialog().getByLabel('What it is for').fill('nightly')
  await dialog().getByRole('button', { name: 'Add' }).click()
  const token = await dialog().locator('.secret').innerText()
  const status = async () => (await fetch(`${platform.url}/api/v1/assets`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await status()).toBe(200)
  await dialog().getByRole('button', { name: 'Close' }).last().click()
  expect(await page.content()).not.toContain(token)
  await row(/nightly/)
    .getByRole('button', { name: 'Revoke' })
    .click()
  await row(/nightly/).waitFor({ state: 'detached' })
  expect(await status()).toBe(401)
})

test('a session of somebody else is ended, and that browser is back at the door', async () => {
  await addUser('ben', 'librarian')
  const ben = await another('ben')
  await tab('sessions')
  await row(/ben Chrome/)
    .getByRole('button', { name: 'End' })
    .click()
  await row(/ben Chrome/).waitFor({ state: 'detached' })
  await ben.getByRole('link', { name: 'Jobs', exact: true }).click()
  await ben.getByText('You were signed out').waitFor()
})

test('a watched folder is made in the console, takes in what is put there, is changed and left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-cards-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  await tab('hot-folders')
  await page.getByRole('button', { name: 'Watch a folder' }).click()
  await dialog().getByLabel('Name').fill('Cards')
  await dialog().getByLabel('Folder on the server').fill('not/absolute')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog()
    .getByText(/must be absolute/)
    .waitFor()
  await dialog().getByLabel('Folder on the server').fill(folder)
  await dialog()
    .getByLabel(/^Quiet for/)
    .fill('0.2')
  await save()
  await row(/Cards.*watching/).waitFor()
  await writeFile(join(folder, 'card note.txt'), 'wallaby')
  await page.getByRole('link', { name: 'Arrivals' }).click()
  await row(/taken in card note.txt Hot folder Cards/).waitFor()
  await tab('hot-folders')
  await row(/Cards/).getByRole('button', { name: 'Change' }).click()
  await dialog().getByRole('switch', { name: 'Watching' }).click({ force: true })
  await save()
  await row(/Cards.*stopped/)
    .getByRole('button', { name: 'Stop watching' })
    .click()
  await row(/Cards/).waitFor({ state: 'detached' })
})

test('a quota of 0 holds an action back, says so where one looks, and lets go when it is raised', async () => {
  await tab('quotas')
  await page.getByText('No quota').waitFor()
  await page.getByRole('button', { name: 'Add a quota' }).click()
  await dialog().getByRole('combobox', { name: 'Name' }).click()
  await page.getByRole('option', { name: 'probe', exact: true }).click()
  await dialog().getByLabel('At once, at most').fill('0')
  expect(await seriousViolations(page)).toEqual([])
  await save()
  await row(/action probe 0 holds all back none/).waitFor()
  await page.getByRole('button', { name: 'Add a quota' }).click()
  await dialog().getByRole('combobox', { name: 'Name' }).click()
  await page.getByRole('option', { name: 'probe', exact: true }).click()
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog()
    .getByText(/already: change that one/)
    .waitFor()
  await dialog().getByRole('button', { name: 'Cancel' }).click()

  await page
    .locator('input[type=file]:not([webkitdirectory])')
    .setInputFiles({ name: 'held.txt', mimeType: 'text/plain', buffer: Buffer.from('numbat') })
  await row(/action probe 0/)
    .getByRole('link', { name: '1 job' })
    .click()
  const why = 'Waits for its turn: the quota of the action "probe" is used up.'
  const held = row(/pending probe held\.txt/)
  expect(await held.innerText()).toContain(why)
  await held.click()
  const probe = (state: RegExp) => page.locator('.step', { hasText: 'Probe' }).filter({ hasText: state })
  await probe(/pending/).waitFor()
  expect(await probe(/pending/).getAttribute('title')).toContain(why)
  await page.getByRole('link', { name: /^Run \d+$/ }).click()
  await page.waitForURL(/\/runs\/\d+$/)
  await probe(/pending/).waitFor()
  const run = page.url()

  await tab('quotas')
  await row(/action probe/)
    .getByRole('button', { name: 'Change' })
    .click()
  await dialog().getByLabel('At once, at most').fill('1')
  await save()
  await row(/action probe 1 none/).waitFor()
  await page.goto(run)
  await probe(/completed/).waitFor()
  await tab('quotas')
  await row(/action probe/)
    .getByRole('button', { name: 'Remove' })
    .click()
  await page.getByText('No quota').waitFor()
})

/** Password, secret, first code; answers the recovery codes. */
async function enrol(of: Page, password: string): Promise<string[]> {
  await of.getByLabel('Current password').last().fill(password)
  await of.getByRole('button', { name: 'Begin' }).click()
  await of.getByRole('img', { name: 'The secret as a QR code' }).waitFor()
  const secret = await of.locator('.secret').innerText()
  await of.getByLabel('First code').fill('000000')
  await of.getByRole('button', { name: 'Switch on' }).click()
  await of.getByText(/code is wrong/).waitFor()
  await of.getByLabel('First code').fill(totpCode(secret, Date.now()))
  await of.getByRole('button', { name: 'Switch on' }).click()
  await of.getByRole('button', { name: 'I have kept them' }).waitFor()
  const codes = await of.locator('.codes li').allInnerTexts()
  expect(await seriousViolations(of)).toEqual([])
  await of.getByRole('button', { name: 'I have kept them' }).click()
  return codes
}

test('a second factor: switched on by oneself, asked for at the door, removed by an administrator; all tabs are signed out together', async () => {
  await addUser('tom', 'reviewer')
  const tom = await another('tom')
  await account(tom)
  const [recovery = ''] = await enrol(tom, PASSWORD)
  await tom.getByText('On. An administrator can remove it').waitFor()

  const second = await tom.context().newPage()
  await second.goto(`${platform.url}/jobs`)
  await second.getByRole('heading', { name: 'Jobs' }).waitFor()
  await tom.getByRole('button', { name: 'You' }).click()
  await tom.getByRole('menuitem', { name: 'Sign out' }).click()
  await second.getByText('You were signed out').waitFor()
  await second.close()

  await tom.getByLabel('Name').fill('tom')
  await tom.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await tom.getByRole('button', { name: 'Sign in' }).click()
  await tom.getByLabel('Code of your authenticator').fill('000000')
  await tom.getByRole('button', { name: 'Check the code' }).click()
  await tom.getByText('That code does not fit').waitFor()
  await tom.getByLabel('Code of your authenticator').fill(recovery)
  await tom.getByRole('button', { name: 'Check the code' }).click()
  await tom.getByRole('navigation', { name: 'Main' }).waitFor()

  await tab('users')
  await row(/tom.* on /).waitFor()
  await page.getByRole('button', { name: 'Change tom' }).click()
  await dialog().getByRole('button', { name: 'Remove the second factor' }).click()
  await row(/tom.* off /).waitFor()
})

test('beyond this machine an administrator gets nowhere before the second factor', async () => {
  const env = await currentTools()
  const reachable = await startPlatform(['--no-sample', '--host', '0.0.0.0', '--allow-remote', '--behind-proxy'], env)
  opened.push(reachable.stop)
  const url = reachable.url.replace('0.0.0.0', '127.0.0.1')
  const admin = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage()
  await admin.goto(url)
  await admin.getByLabel('Name').fill('admin')
  await admin.getByLabel('Password', { exact: true }).fill(reachable.password)
  await admin.getByRole('button', { name: 'Sign in' }).click()
  await admin.getByText('Your rights need a second factor').waitFor()
  await admin.goto(`${url}/admin`)
  await admin.getByText('Your rights need a second factor').waitFor()
  await enrol(admin, reachable.password)
  await admin.getByText('The library is empty').waitFor()
})

/** Beyond loopback a current ffmpeg is demanded; where there is none, one that says so serves: nothing is encoded here. */
async function currentTools(): Promise<Record<string, string>> {
  const folder = join(platform.data, 'tools')
  await mkdir(folder)
  for (const name of ['ffmpeg', 'ffprobe']) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} version 7.1"\n`)
    await chmod(join(folder, name), 0o755)
  }
  return { FFMPEG_PATH: join(folder, 'ffmpeg') }
}
