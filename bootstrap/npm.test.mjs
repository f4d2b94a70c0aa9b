import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { npm } from './npm.mjs'

describe('npm', () => {
  let folder
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'capstan npm-'))
    writeFileSync(join(folder, 'npm-cli.cjs'), 'console.log(process.version, process.execArgv.length, process.argv[2])')
    vi.stubEnv('npm_execpath', join(folder, 'npm-cli.cjs'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  test('believes that it runs on the Node that the packages are for', async () => {
    const output = await npm('installing', ['ci'], { cwd: folder, cacheFolder: folder, nodeVersion: '99.1.2' })
    expect(output).toBe('v99.1.2 0 ci\n')
  })

  test('keeps the options that Node was given', async () => {
    vi.stubEnv('NODE_OPTIONS', '--no-deprecation')
    const output = await npm('installing', ['ci'], { cwd: folder, cacheFolder: folder, nodeVersion: '99.1.2' })
    expect(output).toContain('v99.1.2')
  })

  test('is left alone where both are the same', async () => {
    const output = await npm('installing', ['ci'], { cwd: folder, cacheFolder: folder })
    expect(output).toContain(process.version)
  })
})
