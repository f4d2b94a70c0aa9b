import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const cwd = import.meta.dirname

/** The folders whose adapters need nothing else to be installed or started. */
const EMBEDDED = ['sql', 'sqlite', 'memory', 'files', 'ffmpeg']

/** Folders of adapters that speak to servers. The relational ones lie in sql, and MariaDB runs their contracts. */
const CLUSTER = ['mongodb', 'rabbitmq', 'redis', 'arangodb', 'elasticsearch', 'consul', 's3', 'vault']

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
    const [test] = files(adapter.replace(/\.ts$/, '{.test,.stack.test}.ts'))
    expect(test, 'its test').toBeDefined()
    expect(readFileSync(join(cwd, test!), 'utf8')).toContain(`/${nameOf(adapter)}.contract.ts'`)
  })
})

const technologiesOf = (port: string) => adaptersOf(port).map((path) => basename(dirname(path)))
const isRelational = (port: string) => technologiesOf(port).includes('sql')

describe('every relational port', () => {
  const contracts = readFileSync(join(cwd, 'adapters/mariadb/contracts.test.ts'), 'utf8')

  it.each(ports.filter(isRelational))('%s has its contract run on MariaDB', (port) => {
    expect(contracts).toContain(`/${nameOf(port)}.contract.ts'`)
  })
})

describe('the port table of ARCHITECTURE.md', () => {
  const rows = readFileSync(join(cwd, '../../ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  /** What a column says about a port: the technology after the arrow. */
  const said = (port: string, column: number) => {
    const groups = rows.flatMap((cells) => (cells[column] ?? '').split('·'))
    const group = groups.find((text) => new RegExp(`(^|[ ,])${nameOf(port)}([ ,]|$)`).test(text))
    return group === undefined ? null : (/→ (\w+)/.exec(group)?.[1] ?? null)
  }

  it.each(ports)('names %s with its embedded adapter', (port) => {
    expect(technologiesOf(port).filter((technology) => EMBEDDED.includes(technology))).toContain(said(port, 3))
  })

  it.each(ports)('names %s with its cluster adapter, or leaves it out where there is none', (port) => {
    const served = technologiesOf(port).filter((technology) => CLUSTER.includes(technology))
    expect(said(port, 4)).toBe(isRelational(port) ? 'mariadb' : (served[0] ?? null))
  })
})
