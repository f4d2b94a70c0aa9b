import { execFile, spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, createReadStream, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type Figure = { name: string; value: number | null; unit: string; goal: number | null; better: 'higher' | 'lower' }

const run_ = promisify(execFile)
const MIB = 2 ** 20
const TUS = { 'Tus-Resumable': '1.0.0' }

/**
 * A file over loopback to a stored, checksummed, registered asset, against `cp && sync && sha256sum` of the same file on the same disk.
 * 4 GiB; 512 MiB when quick. `folder` must have three times that.
 */
export async function run({ quick, folder }: { quick: boolean; folder: string }): Promise<Figure[]> {
  const sizeBytes = (quick ? 512 : 4_096) * MIB
  const work = join(folder, `upload-${process.pid}`)
  mkdirSync(work, { recursive: true })
  try {
    const source = join(work, 'source.bin')
    makeSource(source, sizeBytes)
    const ratios: number[] = []
    let residentBytes = 0
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const plainMs = await plain(source, join(work, 'copy.bin'))
      const ours = await upload(source, sizeBytes, join(work, 'server'))
      ratios.push(plainMs / ours.ms)
      residentBytes = Math.max(residentBytes, ours.residentBytes)
      console.error(
        `  round ${round + 1}: cp, sync, sha256sum ${(plainMs / 1_000).toFixed(2)} s · upload ${(ours.ms / 1_000).toFixed(2)} s`,
      )
    }
    return [
      { name: 'upload_ratio_to_cp_sha256sum', value: round2(median(ratios)), unit: 'ratio', goal: 1, better: 'higher' },
      { name: 'upload_resident_mib', value: Math.round(residentBytes / MIB), unit: 'MiB', goal: 350, better: 'lower' },
    ]
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const round2 = (value: number): number => Math.round(value * 100) / 100
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

function makeSource(path: string, sizeBytes: number): void {
  const block = randomFillSync(Buffer.alloc(16 * MIB))
  const file = openSync(path, 'w')
  for (let written = 0; written < sizeBytes; written += block.length) {
    block.writeBigUInt64LE(BigInt(written))
    writeSync(file, block)
  }
  closeSync(file)
}

async function plain(source: string, copy: string): Promise<number> {
  await run_('sync')
  const start = performance.now()
  await run_('sh', ['-c', 'cp "$1" "$2" && sync && sha256sum "$2"', 'sh', source, copy])
  const ms = performance.now() - start
  rmSync(copy)
  await run_('sync')
  return ms
}

async function upload(source: string, sizeBytes: number, folder: string): Promise<{ ms: number; residentBytes: number }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./upload-server.ts', import.meta.url)), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  try {
    const port = Number((await lines.next()).value)
    const start = performance.now()
    const created = await fetch(`http://127.0.0.1:${port}/api/v1/uploads`, {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': String(sizeBytes) },
    })
    await send(`http://127.0.0.1:${port}${created.headers.get('location')}`, source, sizeBytes)
    const ms = performance.now() - start
    child.stdin.write('memory\n')
    const residentBytes = Number((await lines.next()).value)
    await check(source, folder)
    return { ms, residentBytes }
  } finally {
    child.stdin.end()
    await new Promise((resolve) => child.once('close', resolve))
    rmSync(folder, { recursive: true, force: true })
  }
}

function send(url: string, source: string, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0', 'Content-Length': String(sizeBytes) }
    const req = request(url, { method: 'PATCH', headers }, (res) => {
      res.resume().on('end', () => (res.statusCode === 204 ? resolve() : reject(new Error(`the upload answered ${res.statusCode}`))))
    })
    req.on('error', reject)
    createReadStream(source, { highWaterMark: MIB }).pipe(req)
  })
}

/** The asset was registered with the right sum: speed without that counts nothing. */
async function check(source: string, folder: string): Promise<void> {
  const effects = join(folder, 'effects')
  const registered = readdirSync(effects).find((name) => name.startsWith('register-'))
  if (!registered) throw new Error('the upload became no asset')
  const { file } = JSON.parse(readFileSync(join(effects, registered), 'utf8')) as { file: { checksums: { sha256: string } } }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(source, { highWaterMark: MIB })) hash.update(chunk as Buffer)
  if (hash.digest('hex') !== file.checksums.sha256) throw new Error('the asset has a wrong checksum')
}
