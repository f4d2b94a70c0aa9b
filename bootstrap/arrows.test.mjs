import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import config from '../.dependency-cruiser.mjs'
import { checkArrows } from './arrows.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

describe('the rules of .dependency-cruiser.mjs, on a small tree that breaks each of them', () => {
  let found
  beforeAll(async () => void (found = await checkArrows({ root, baseDir: join(root, 'bootstrap/fixtures/arrows') })))

  it('reads every module of the tree', () => {
    expect(found.modulesMissed).toEqual([])
    expect(found.modulesRead).toBeGreaterThan(30)
  })

  it.each(config.forbidden.map((rule) => rule.name))('%s bites', (name) => {
    expect(found.violations.map(({ rule }) => rule)).toContain(name)
  })

  it('leaves what is allowed alone', () => {
    expect(found.violations.filter(({ from }) => !/\/(bad|cycle)[^/]*$/.test(from))).toEqual([])
  })
})

it('names the modules that it did not read, so that a reader that reads nothing cannot pass', async () => {
  const { modulesMissed } = await checkArrows({ root, baseDir: join(root, 'bootstrap/fixtures/arrows'), roots: ['contract/src'] })
  expect(modulesMissed).toContain('server/src/compose.ts')
})
