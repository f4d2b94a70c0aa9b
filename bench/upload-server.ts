import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openHarness, person } from '../server/test/transfer/harness.ts'

/* The upload path alone, in a process of its own: `node upload-server.ts <folder>` prints its port, and on a line of input its memory. */

const { transfer } = await openHarness(process.argv[2]!)
const server = createServer((req, res) => void transfer.uploadHandler(req, res, person()))
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.stdin.on('data', () => process.stdout.write(`${process.resourceUsage().maxRSS * 1_024}\n`))
process.stdin.on('end', () => process.exit(0))
