import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { api } from '@capstan/contract/api'
import type { AssetView } from '@capstan/contract/assets'
import { ApiError, urlOf } from '@capstan/contract/client'
import type { Context } from '../context.ts'
import { Failure } from '../failure.ts'
import { examples, idOf } from '../options.ts'
import { answer, plain, sizeText } from '../print.ts'
import { Screen, type Bar } from '../screen.ts'
import { fromCaller } from '../settings.ts'

type Source = { url: string; name: string; sizeBytes: number; sha256: string | undefined }

export function downloadCommand(program: Command, context: () => Context): void {
  program
    .command('download')
    .argument('<id>', 'number or id of the asset', idOf)
    .description('the original, or one rendition, to a file; its checksum is verified')
    .option('--rendition <name>', 'proxy, poster … instead of the original')
    .option('-o, --output <path>', 'file or folder to write to (here)')
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      examples('capstan download 48213', 'capstan download 48213 --rendition proxy -o review.mp4', 'capstan download 48213 -o /mnt/edit/'),
    )
    .action(async (id: string, options: { rendition?: string; output?: string; force?: boolean }) => {
      const current = context()
      const asset = await current.client()(api.assets.get, { params: { id } })
      const source = sourceOf(asset, options.rendition)
      const path = targetOf(fromCaller(options.output ?? '.', current.env), source.name)
      if (existsSync(path) && !options.force) throw new Failure(`${plain(path)} is there already: choose another with -o, or add --force`)
      const sha256 = await fetchTo(current, source, path)
      answer(current.globals, { path, sizeBytes: source.sizeBytes, sha256 }, `${plain(path)} (${sizeText(source.sizeBytes)})`)
    })
}

function targetOf(output: string, name: string): string {
  return statSync(output, { throwIfNoEntry: false })?.isDirectory() ? join(output, name) : output
}

/** Written beside its place and renamed, so that a file that is there is whole. Answers its SHA-256. */
async function fetchTo(context: Context, { url, name, sizeBytes, sha256 }: Source, path: string): Promise<string> {
  const response = await fetch(context.baseUrl() + url, { headers: { authorization: `Bearer ${context.token()}` } })
  if (!response.ok || !response.body) throw new ApiError((await response.json()) as never)
  const screen = new Screen(context.isTerminal, 'Stopped.')
  const partial = `${path}.partial`
  const hash = createHash('sha256')
  try {
    await pipeline(Readable.fromWeb(response.body as never), counted(screen.add(name), sizeBytes, hash), createWriteStream(partial))
    const found = hash.digest('hex')
    if (sha256 && found !== sha256) throw new Failure(`what arrived is not what is stored (SHA-256 ${found}): try again`, 1)
    await rename(partial, path)
    return found
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    screen.stop()
  }
}

function counted(bar: Bar, sizeBytes: number, hash: ReturnType<typeof createHash>): Transform {
  let done = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk)
      bar.update((100 * (done += chunk.length)) / Math.max(1, sizeBytes))
      next(null, chunk)
    },
  })
}

function sourceOf(asset: AssetView, rendition: string | undefined): Source {
  if (!rendition) {
    const [file] = asset.files
    if (!file) throw new Failure(`asset #${asset.number} is a placeholder: it has no file yet`, 1)
    const { id, originalName, sizeBytes, checksums } = file
    return { url: urlOf(api.files.content, { params: { id } }), name: safeName(originalName), sizeBytes, sha256: checksums.sha256 }
  }
  const found = asset.renditions.find(({ name }) => name === rendition) ?? asset.renditions.find(({ kind }) => kind === rendition)
  if (!found)
    throw new Failure(
      `asset #${asset.number} has no rendition "${plain(rendition)}"; it has ${asset.renditions.map(({ name }) => name).join(', ') || 'none'}`,
      1,
    )
  const main = found.files.find(({ path }) => path === found.mainFile)
  return {
    url: urlOf(api.renditions.content, { params: { id: found.id }, query: { download: '1' } }),
    name: safeName(`${asset.number}-${basename(found.mainFile)}`),
    sizeBytes: main?.sizeBytes ?? found.sizeBytes,
    sha256: main?.sha256,
  }
}

/** A stranger's name never chooses a folder here, nor does it hide or turn what it says. */
const safeName = (name: string): string =>
  basename(name.replaceAll('\\', '/'))
    .replace(/[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, '_')
    .replace(/^[.-]+/, '_') || 'download'
