import { armCrashPoints } from '../../src/lib/crash-points.ts'
import { openHarness, person, serveUploads } from './harness.ts'

/*
 * The transfer service in a process that may be killed: `node child.ts <data> <hot folder> <crash point or ->`. Prints the port of its uploads; each
 * line of input is a path to ingest by copying, answered by "done".
 */

const [data, hot, crashPoint] = process.argv.slice(2) as [string, string, string]
const folder = { id: 'f1', accountId: 1, name: 'Inbox', path: hot, workflow: 'ingest', quietSeconds: 0.2, duplicates: 'ingest' } as const
const { transfer } = await openHarness(data, { listHotFolders: async () => [folder] })
if (crashPoint !== '-') armCrashPoints([crashPoint])
await transfer.start()
const { server } = await serveUploads(transfer)
process.stdout.write(`${(server.address() as { port: number }).port}\n`)
process.stdin.on('data', (line) => {
  const path = line.toString().trim()
  void transfer
    .ingestLocal(person(), { paths: [path], workflow: 'ingest', inPlace: false, token: 'once' })
    .then(() => process.stdout.write('done\n'))
})
process.stdin.on('end', () => process.exit(0))
