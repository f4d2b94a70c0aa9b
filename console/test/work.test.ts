import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobs, runs, type JobView } from '@capstan/contract/work'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, signIn } from './browser.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'

const opened: (() => Promise<void>)[] = []
let platform: Platform
let browser: Browser
let page: Page

beforeAll(async () => {
  platform = await startPlatform()
  opened.push(platform.stop)
  browser = await openBrowser()
  opened.push(() => browser.close())
  page = await signIn(
    await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } }),
    platform.url,
    platform.password,
  )
  await eventually('the sample', async () => (await platform.api(runs.list, { query: { filter: 'status:completed' } })).items.length === 1)
})

afterAll(async () => {
  for (const close of opened.reverse()) await close()
})

const panel = () => page.getByRole('complementary', { name: /^Job \d+/ })
const act = (name: string) => panel().getByRole('button', { name, exact: true }).click()
/** The proxy's step in the drawing says so. */
const proxy = (state: RegExp) => page.locator('.step', { hasText: 'Proxy and HLS' }).filter({ hasText: state }).waitFor()

/** More encoding than there are encoders, so that something waits; answers the proxy job that waits last. */
async function crowd(): Promise<JobView> {
  for (let i = 0; i < 5; i++) await platform.api(runs.start, { body: { workflow: 'ingest', assetId: await sampleId() } })
  return eventually('a proxy to wait', async () => {
    const { items } = await platform.api(jobs.list, { query: { filter: 'state:queued kind:proxy' } })
    return items[0]
  })
}

const sampleId = async (): Promise<string> => {
  const { items } = await platform.api(runs.list, { query: {} })
  return items.find(({ asset }) => asset)?.asset?.id ?? ''
}

test('a waiting job is held back, let go on, cancelled and tried again; the drawing says its true state', async () => {
  const { id } = await crowd()
  await page.goto(`${platform.url}/jobs?job=${id}`)
  await act('Hold back')
  await panel()
    .getByText(/^Held back by admin/)
    .waitFor()
  await proxy(/paused/)
  await act('Let go on')
  await proxy(/(queued|running)/)
  await act('Cancel')
  await panel()
    .getByText(/^Cancelled by admin/)
    .waitFor()
  await proxy(/cancelled/)
  await act('Retry')
  await panel().getByRole('button', { name: 'Retry', exact: true }).waitFor({ state: 'detached' })
})

test('a job in doubt is settled by a person who says how they know, and the run goes on', async () => {
  const { id, number } = await crowd()
  await page.goto(`${platform.url}/jobs?job=${id}`)
  await act('Hold back')
  await proxy(/paused/)
  // No action of this release has an effect that cannot be repeated, so the doubt is written where it would lie.
  const database = new DatabaseSync(join(platform.data, 'capstan.db'), { timeout: 5_000 })
  database.prepare("UPDATE jobs_job SET state = 'in_doubt', why = 'Its worker was lost.' WHERE number = ?").run(number)
  database.close()
  await page.reload()
  await proxy(/in doubt/)
  expect(await panel().getByRole('button', { name: 'It was done' }).isDisabled()).toBe(true)
  await panel().getByLabel('Note').fill('The file is in the folder')
  await act('It was done')
  await panel()
    .getByText(/Settled as completed: The file is in the folder/)
    .waitFor()
  await proxy(/completed/)
})

test('a run is paused, resumed, cancelled and retried from its page', async () => {
  const { runId } = await crowd()
  await page.goto(`${platform.url}/runs/${runId}`)
  const run = page.locator('.run-head')
  const click = (name: string | RegExp) => run.getByRole('button', { name }).click()
  await click('Pause')
  await run.getByText('paused').waitFor()
  await click('Resume')
  await run.getByText('running').waitFor()
  await click('Cancel')
  await run.getByText('cancelled').waitFor()
  await click(/^Retry/)
  await run.getByText(/running|completed/).waitFor()
})
