import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * Runs inside the sandbox and says what it finds: arguments are a port of this machine where somebody listens, then paths. It tries to read
 * each, to write beside each, and to write into itself and the packages.
 */
const [port, ...paths] = process.argv.slice(2)

const yes = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  )

const canConnect = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 2_000 })
    const answer = (connected: boolean) => {
      socket.destroy()
      resolve(connected)
    }
    socket
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
      .once('timeout', () => answer(false))
  })

const canRead = async (path: string): Promise<unknown> => ((await stat(path)).isDirectory() ? readdir(path) : readFile(path))

const read = await Promise.all(paths.map((path) => yes(canRead(path))))
const written = await Promise.all([...paths, import.meta.filename].map((path) => yes(writeFile(`${path}.written`, 'x'))))
const parents = await Promise.all([process.ppid, 1].map((pid) => yes(readFile(`/proc/${pid}/environ`))))
process.stdout.write(
  JSON.stringify({
    read: paths.filter((_, index) => read[index]),
    written: paths.filter((_, index) => written[index]),
    wroteIntoSources: written.at(-1),
    parentEnvironment: parents.some(Boolean),
    network:
      (await canConnect('127.0.0.1')) ||
      Object.values(networkInterfaces())
        .flat()
        .some((address) => address && !address.internal),
    environment: process.env,
    etc: await readdir('/etc').catch(() => []),
    root: await readdir('/').catch(() => []),
  }),
)
process.exit(0)
