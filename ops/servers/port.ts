import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range that the kernel gives to outgoing connections, so that a port stays free while its server is down. */
const FIRST = 15_000
const LAST = 32_000
const TRIES_MAX = 100

/** Ports on loopback that nobody listens on, each one another. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries++) {
    if (tries > TRIES_MAX) throw new Error(`no free port was found between ${FIRST} and ${LAST}`)
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
