import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const cwd = import.meta.dirname

/** The folders whose adapters need nothing else to be installed or started. */
const EMBEDDED = ['sql', 'sqlite', 'memory', 'files', 'ffmpeg']

const files = (pattern: string) => globSync(pattern, { cwd }).sort()
/** A name with a second dot belongs to the file that it is named after: its test, its contract, the contract's samples. */
const isCode = (path: string) => !basename(path, '.ts').includes('.')

const ports = files('{services/*/ports,ports}/*.ts').filter(isCode)
const adapters = files('adapters/*/*.ts').filter(isCode)
const nameOf = (path: string) => basename(path, '.ts')
const adaptersOf = (port: string) => adapters.filter((path) => nameOf(path) === nameOf(port))

describe('every port', () => {
  it('is found', () => expect(ports.length).toBeGreaterThan(0))

  it('has a name of its own', () => {
    const names = ports.map(nameOf)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it.each(ports)('%s has a contract', (port) => {
    expect(files(port.replace(/\.ts$/, '.contract.ts'))).toHaveLength(1)
  })

  it.each(ports)('%s has an embedded adapter', (port) => {
    expect(adaptersOf(port).map((path) => basename(dirname(path)))).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^(${EMBEDDED.join('|')})$`))]),
    )
  })
})

describe('every adapter', () => {
  it.each(ports.flatMap(adaptersOf))('%s runs the contract of its port in a test beside it', (adapter) => {
    const [test] = files(adapter.replace(/\.ts$/, '.test.ts'))
    expect(test, 'its test').toBeDefined()
    expect(readFileSync(join(cwd, test!), 'utf8')).toContain(`/${nameOf(adapter)}.contract.ts'`)
  })
})

describe('the port table of ARCHITECTURE.md', () => {
  const table = readFileSync(join(cwd, '../../ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n')

  it.each(ports)('names %s with its embedded adapter', (port) => {
    const technologies = adaptersOf(port).map((path) => basename(dirname(path)))
    const cells = table.split(/[|·]/).filter((cell) => new RegExp(`(^|[ ,])${nameOf(port)}([ ,]|$)`).test(cell))
    expect(cells.some((cell) => technologies.some((technology) => new RegExp(`→ ${technology}\\b`).test(cell)))).toBe(true)
  })
})
