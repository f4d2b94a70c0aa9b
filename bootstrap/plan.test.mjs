import { describe, expect, it } from 'vitest'
import * as plan from './plan.mjs'

describe('which Node goes on', () => {
  const linux = { platform: 'linux', arch: 'x64', hasGlibc: true }
  it('uses the one at hand from 24 up, on any system', () => {
    expect(plan.chooseNode({ ...linux, version: '24.0.0' }).use).toBe('running')
    expect(plan.chooseNode({ version: '26.1.0', platform: 'darwin', arch: 'arm64', hasGlibc: false }).use).toBe('running')
  })
  it('brings ours on linux x64 when it is older', () => {
    expect(plan.chooseNode({ ...linux, version: '20.20.2' }).use).toBe('brought')
    expect(plan.chooseNode({ ...linux, version: '18.0.0' }).use).toBe('brought')
  })
  it.each([
    ['darwin', 'arm64', false],
    ['linux', 'arm64', true],
    ['linux', 'x64', false],
  ])('says one sentence on %s %s (glibc: %s)', (platform, arch, hasGlibc) => {
    const choice = plan.chooseNode({ version: '20.1.0', platform, arch, hasGlibc })
    expect(choice.use).toBe('none')
    expect(choice.sentence).toMatch(/Install Node 24 or newer/)
    expect(choice.sentence).not.toContain('\n')
  })
})

describe('where things are kept', () => {
  it('prefers XDG_CACHE_HOME, then home, and always knows the checkout', () => {
    expect(plan.cacheFolders({ env: { XDG_CACHE_HOME: '/x' }, home: '/h', root: '/r' })).toEqual(['/x/capstan', '/r/.cache/capstan'])
    expect(plan.cacheFolders({ env: {}, home: '/h', root: '/r' })).toEqual(['/h/.cache/capstan', '/r/.cache/capstan'])
    expect(plan.cacheFolders({ env: {}, home: '', root: '/r' })).toEqual(['/r/.cache/capstan'])
  })
  it('ignores a relative XDG_CACHE_HOME, as its specification says', () => {
    expect(plan.cacheFolders({ env: { XDG_CACHE_HOME: 'x' }, home: '/h', root: '/r' })).toEqual(['/r/.cache/capstan'])
  })
})

describe('node_modules', () => {
  const facts = { lockHash: 'abc', nodeMajor: 24, platform: 'linux', arch: 'x64' }
  it.each([{ lockHash: 'abd' }, { nodeMajor: 26 }, { platform: 'darwin' }, { arch: 'arm64' }])('is stale when %o changed', (change) => {
    expect(plan.modulesStamp({ ...facts, ...change })).not.toBe(plan.modulesStamp(facts))
  })
  it('counts the packages of this system only', () => {
    const packages = {
      '': {},
      server: {},
      'node_modules/@capstan/server': { link: true },
      'node_modules/a': {},
      'node_modules/mac': { os: ['darwin'] },
      'node_modules/arm': { cpu: ['arm64'] },
      'node_modules/musl': { os: ['linux'], libc: ['musl'] },
      'node_modules/not-windows': { os: ['!win32'] },
    }
    expect(plan.packagesToPlace({ packages }, { platform: 'linux', arch: 'x64' })).toBe(2)
  })
})

describe('what a failure of npm means', () => {
  it.each([
    ['npm error code ENOTFOUND\nnpm error network request to https://r/x failed', /cannot be reached/],
    ['npm error code ENOSPC', /disk is full/],
    ['npm error code EROFS', /read-only/],
    ['npm error code EACCES', /may not be written/],
    ['npm error code E404', /does not have a package/],
    ['npm error code EINTEGRITY', /not the one that is expected/],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', /certificate/],
    ['npm error code EUSAGE', /disagree/],
    ['npm error code ENOTCACHED', /cannot be reached/],
    ['Segmentation fault', /npm ended with an error/],
  ])('%s', (output, words) => {
    const sentence = plan.failureSentence('installing packages', output, '/c/npm.log')
    expect(sentence).toMatch(words)
    expect(sentence).toMatch(/^installing packages failed because .*\. .*\(log: \/c\/npm\.log\)$/)
  })
})

describe('which tests run', () => {
  it('leaves the kill test out unless it is named', () => {
    expect(plan.vitestArguments(['a.test.ts'])).toEqual(['run', '--project', 'unit', '--project', 'browser', 'a.test.ts'])
    expect(plan.vitestArguments(['--project', 'kill'])).toEqual(['run', '--project', 'kill'])
    expect(plan.vitestArguments(['--project=kill'])).toEqual(['run', '--project=kill'])
  })
  it('brings a browser only where one can be needed', () => {
    expect(plan.reachesBrowserTests(plan.vitestArguments([]))).toBe(true)
    expect(plan.reachesBrowserTests(plan.vitestArguments(['--project=unit']))).toBe(false)
  })
})

describe('signals', () => {
  it('leaves Ctrl-C to the terminal and passes everything else on', () => {
    expect(plan.mustForward('SIGINT', true)).toBe(false)
    expect(plan.mustForward('SIGINT', false)).toBe(true)
    expect(plan.mustForward('SIGTERM', true)).toBe(true)
  })
  it('reads the foreground group from /proc/self/stat, whatever the name of the program', () => {
    expect(plan.isForeground('12 (a) b) S 1 77 70 34816 77 4194560')).toBe(true)
    expect(plan.isForeground('12 (node) S 1 77 70 34816 12 4194560')).toBe(false)
    expect(plan.isForeground('12 (node) S 1 77 70 0 -1 4194560')).toBe(false)
  })
  it('ends with the code of the program, or 128 and the signal', () => {
    expect(plan.exitCodeOf(3, 0)).toBe(3)
    expect(plan.exitCodeOf(null, 15)).toBe(143)
  })
})
