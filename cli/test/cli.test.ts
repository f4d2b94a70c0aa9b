import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api } from '@capstan/contract/api'
import type { AssetView } from '@capstan/contract/assets'
import type { RunView } from '@capstan/contract/work'
import { Clips } from '../../server/test/clips.ts'
import { newDataFolder, Platform, until } from '../../server/test/platform.ts'
import { Person } from './capstan.ts'

const TRICKY = 'e\u001b[31mvil\n\u202egnp \u{1f3ac} \u05e9\u05dc\u05d5\u05dd.wav'
const MIB = 2 ** 20
const hasFish = spawnSync('fish', ['--version']).status === 0

let platform: Platform
let person: Person

beforeAll(async () => {
  platform = await Platform.start({ data: newDataFolder() })
  await platform.signIn()
  person = new Person(platform.data)
  const clips = await Clips.open(person.path('clips'))
  copyFileSync(await clips.video('harbour.mp4', 1), person.path('harbour.mp4'))
  mkdirSync(person.path('card'))
  copyFileSync(await clips.audio('tone.wav', 1), join(person.path('card'), TRICKY))
  const { exit, stderr } = await person.run(['login', platform.url, '--name', 'admin', '--password-stdin'], { input: platform.password() })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
}, 60_000)

afterAll(async () => {
  person.remove()
  await platform.remove()
})

test('the token of a login lies in a file that only its owner reads, and another platform is never given it', async () => {
  const path = person.path('.config/capstan/credentials.json')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const elsewhere = await person.run(['assets', '--url', 'http://127.0.0.1:9'])
  expect(elsewhere).toMatchObject({ exit: 2, stderr: expect.stringContaining(`signed in at ${platform.url}`) as string })
})

test('a wrong password, a wrong command and a platform that is not there are one clear line each', async () => {
  const [wrong, unknown, absent] = await Promise.all([
    person.run(['login', platform.url, '--name', 'admin', '--password-stdin'], { input: 'wrong' }),
    person.run(['nonsense']),
    person.run(['assets', '--json'], { env: { CAPSTAN_TOKEN: 'cap_x', CAPSTAN_URL: 'http://127.0.0.1:9' } }),
  ])
  expect(wrong).toMatchObject({ exit: 1, stderr: 'capstan: the name or the password is wrong\n' })
  expect(unknown).toMatchObject({ exit: 2, stderr: expect.stringContaining("unknown command 'nonsense'") as string })
  expect(absent.exit).toBe(2)
  expect(JSON.parse(absent.stderr)).toMatchObject({ error: { message: expect.stringContaining('127.0.0.1:9') as string } })
})

describe('what comes in', () => {
  test('a folder is taken in and waited for, and a name from a stranger cannot steer the terminal', async () => {
    const { exit, stdout } = await person.run(['ingest', '--wait', 'card', 'harbour.mp4'])
    expect(stdout).toMatch(/^completed {2}#\d+ {2}card\/e\\u001b\[31mvil\\u000a\\u202egnp/m)
    expect(stdout).toMatch(/2 completed, 0 failed\n$/)
    expect(exit).toBe(0)
    const listed = (await person.run(['assets', 'list'])).stdout + (await person.run(['assets', 'list', '--json'])).stdout
    expect(listed).not.toMatch(/[\u001b\u202e]/)
    const [asset] = await person.json<AssetView[]>(['assets', 'list', '--sort', 'number', '--limit', '1'])
    const found = await Promise.all(
      ['harbour.mp4', TRICKY].map(async (name) => (await platform.assetNamed(name))?.files.map(({ originalName }) => originalName)),
    )
    expect(found).toEqual([['harbour.mp4'], [TRICKY]])
    expect(asset?.number).toBeGreaterThan(0)
  })

  test('a name that is no UTF-8 arrives in its own bytes, and one that looks like another is not guessed', async () => {
    const names = [Buffer.from('f\xe8.txt', 'latin1'), Buffer.from('f\xe9.txt', 'latin1')]
    mkdirSync(person.path('latin'))
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(person.path('latin/')), name]), name)
    const read = 'latin/f\ufffd.txt'
    expect(await person.run(['ingest', read])).toMatchObject({ exit: 2, stderr: expect.stringContaining('the name of 2 files') as string })
    expect((await person.run(['ingest', '--in-place', read, read])).stderr).toContain('leave out --in-place')
    const taken = await person.json<{ assetId: string }[]>(['ingest', read, read])
    const assets = await Promise.all(taken.map(({ assetId }) => person.json<AssetView>(['assets', 'show', assetId])))
    expect(assets.map(({ files }) => files[0]?.nameBytes)).toEqual(names.map((name) => name.toString('base64')))
    expect(assets.map(({ files }) => files[0]?.sizeBytes)).toEqual([6, 6])
  })

  test('an empty file fails its run, and so does the command', async () => {
    writeFileSync(person.path('empty.mp4'), '')
    const { exit, stdout } = await person.run(['ingest', '--wait', 'empty.mp4'])
    expect(stdout).toMatch(/^failed {2}#\d+ {2}empty\.mp4: .*empty/)
    expect(exit).toBe(1)
    const { matched } = await person.json<{ matched: number }>(['jobs', 'retry', '--all', 'state:failed', '--dry-run'])
    expect(matched).toBe(1)
  })

  test('what is not there or is no workflow is told before anything is sent', async () => {
    const [missing, workflow] = await Promise.all([
      person.run(['ingest', 'nowhere.mov']),
      person.run(['ingest', 'harbour.mp4', '--workflow', 'nope']),
    ])
    expect(missing).toMatchObject({ exit: 2, stderr: expect.stringContaining('nowhere.mov is not there') as string })
    expect(workflow).toMatchObject({ exit: 2, stderr: expect.stringContaining('there is no workflow "nope"') as string })
  })

  test('an upload whose command was killed goes on where it stopped', async () => {
    const bytes = Buffer.alloc(160 * MIB, 'capstan ')
    writeFileSync(person.path('long.bin'), bytes)
    const first = person.start(['ingest', 'long.bin'])
    const unfinished = () => platform.call(api.uploads.list, {})
    await until('bytes', async () => ((await unfinished()).items[0]?.receivedBytes ?? 0) > MIB)
    first.kill('SIGKILL')
    await once(first, 'exit')
    const [cut] = (await unfinished()).items
    expect(cut?.receivedBytes).toBeLessThan(bytes.length)
    expect((await person.run(['ingest', 'long.bin', '--wait'])).stdout).toMatch(/1 completed, 0 failed\n$/)
    expect((await unfinished()).items).toEqual([])
    const asset = await platform.assetNamed('long.bin')
    expect(asset?.files[0]?.checksums.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('files are registered where they lie', async () => {
    mkdirSync(person.path('archive'))
    writeFileSync(person.path('archive/1987.txt'), 'a harbour in the year 1987')
    const [item] = await person.json<{ status: string; assetId: string }[]>(['ingest', '--in-place', '--wait', 'archive'])
    const asset = await person.json<AssetView>(['assets', 'show', item?.assetId ?? ''])
    expect(asset.files[0]?.location).toMatchObject({ kind: 'in_place', path: person.path('archive/1987.txt') })
  })
})

describe('what is there', () => {
  test('is found, downloaded with its checksum, and never written over unasked', async () => {
    const found = await until('the clip in search', async () => {
      const reply = await person.json<{ items: AssetView[] }>(['search', 'harbour', 'kind:video'])
      return reply.items[0]
    })
    const original = readFileSync(person.path('harbour.mp4'))
    const again = await person.run(['download', String(found.number)])
    expect(again).toMatchObject({ exit: 2, stderr: expect.stringContaining('is there already') as string })
    mkdirSync(person.path('out'))
    expect((await person.run(['download', `#${found.number}`, '-o', 'out'])).exit).toBe(0)
    expect(readFileSync(person.path('out/harbour.mp4')).equals(original)).toBe(true)
    const proxy = await person.json<{ path: string }>(['download', String(found.number), '--rendition', 'proxy', '-o', 'review.mp4'])
    expect(statSync(proxy.path).size).toBeGreaterThan(0)
    const nope = await person.run(['download', String(found.number), '--rendition', 'nope'])
    expect(nope).toMatchObject({ exit: 1, stderr: expect.stringContaining('it has ') as string })
  })

  test('goes to the bin and back, and is purged only from there', async () => {
    const { number = 0 } = (await platform.assetNamed('long.bin')) ?? {}
    const id = String(number)
    expect((await person.run(['assets', 'purge', id])).exit).toBe(1)
    expect((await person.run(['assets', 'delete', id])).stdout).toContain('in the bin')
    expect((await person.json<AssetView[]>(['assets', 'list', '--deleted'])).map((asset) => asset.number)).toEqual([number])
    expect((await person.run(['assets', 'restore', id])).stdout).toContain('restored')
    expect((await person.run(['assets', 'show', 'film'])).exit).toBe(2)
  })
})

describe('work', () => {
  test('a wrong definition is refused with every place, a right one is deployed once and runs', async () => {
    writeFileSync(person.path('bad.yaml'), 'name: X\nnodes: [{ id: start, type: start }]\n')
    writeFileSync(person.path('lost.yaml'), definition('nowhere'))
    writeFileSync(person.path('good.yaml'), definition('end'))
    const bad = await person.run(['workflow', 'deploy', 'bad.yaml'])
    expect(bad.exit).toBe(2)
    for (const place of ['name: ', 'title: is missing', 'nodes[0].next: is missing', 'nodes: ']) expect(bad.stderr).toContain(place)
    const lost = await person.run(['workflow', 'deploy', 'lost.yaml'])
    expect(lost).toMatchObject({ exit: 1, stderr: expect.stringContaining('node "probe" leads to "nowhere"') as string })
    for (const _ of [1, 2]) expect((await person.run(['workflow', 'deploy', 'good.yaml'])).stdout).toBe('look-again, version 1\n')
    const { number = 0 } = (await platform.assetNamed('harbour.mp4')) ?? {}
    const run = await person.json<RunView>(['workflow', 'start', 'look-again', '--asset', String(number), '--set', 'urgent=true', '--wait'])
    expect(run).toMatchObject({ status: 'completed', variables: { urgent: true } })
    expect((await person.run(['runs', 'cancel', String(run.number)])).exit).toBe(1)
  })

  test('a package is made and removed', async () => {
    const id = String((await platform.assetNamed('harbour.mp4'))?.number)
    expect((await person.run(['publish', id, '--renditions', 'original,film'])).exit).toBe(2)
    expect((await person.run(['publish', id, '--wait'])).stdout).toMatch(/run \d+ of publish: completed/)
    const { publishedTo } = await person.json<AssetView>(['assets', 'show', id])
    expect(existsSync(join(publishedTo ?? '', 'SHA256SUMS'))).toBe(true)
    expect((await person.run(['unpublish', id, '--wait'])).exit).toBe(0)
    expect(existsSync(publishedTo ?? '')).toBe(false)
  })

  test('jobs are listed, followed and read', async () => {
    expect((await person.run(['jobs', 'watch'])).stdout).toMatch(/\d+ ended, 0 failed\n$/)
    const [job] = await person.json<{ number: number }[]>(['jobs', 'list', '--filter', 'kind:proxy', '--limit', '1'])
    expect((await person.run(['jobs', 'log', String(job?.number)])).stdout).toContain('proxy')
    expect((await person.run(['jobs', 'retry', '5', '--all', 'state:failed'])).exit).toBe(2)
  })
})

// Retries would take longer than its limit.
test('a platform without room is not asked again and again', { timeout: 30_000 }, async () => {
  const settings = join(platform.data, 'settings.json')
  writeFileSync(settings, JSON.stringify({ lowWaterBytes: 2 ** 50 }))
  writeFileSync(person.path('late.txt'), 'words')
  // The setting counts within two seconds; until then the file comes in.
  const { stdout, stderr } = await until('the refusal', async () => {
    const answer = await person.run(['ingest', 'late.txt'])
    return answer.exit === 0 ? null : answer
  })
  rmSync(settings)
  expect(`${stdout}${stderr}`).toMatch(/there is no room for 5 bytes: [\d.]+ [MGT]iB are free/)
})

test('a quota is set, changed, listed and removed; a slip in its name is seen', async () => {
  const quotas = ['admin', 'quotas']
  expect((await person.run([...quotas, 'set', 'action', 'publish', '0'])).stdout).toBe('action publish: at most 0 at once\n')
  expect(await person.json(['admin', 'quotas', 'set', 'action', 'publish', '2'])).toMatchObject({ maxRunning: 2, revision: 2 })
  expect((await person.run([...quotas, 'set', 'workflow', 'ingst', '1'])).stdout).toContain('there is no such workflow yet')
  expect(await person.json(quotas)).toMatchObject([{ name: 'publish' }, { name: 'ingst' }])
  expect((await person.run(quotas)).stdout).toMatch(/^OF +NAME +AT ONCE +SINCE\naction +publish +2 /)
  for (const of of [
    ['action', 'publish'],
    ['workflow', 'ingst'],
  ])
    expect((await person.run([...quotas, 'remove', ...of])).exit).toBe(0)
  expect(await person.json(quotas)).toEqual([])
  const [gone, wrong, many] = await Promise.all([
    person.run([...quotas, 'remove', 'action', 'publish']),
    person.run([...quotas, 'set', 'pool', 'encode', '1']),
    person.run([...quotas, 'set', 'action', 'publish', '1.5']),
  ])
  expect(gone).toMatchObject({ exit: 1, stderr: expect.stringContaining('there is no quota of the action "publish"') as string })
  expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('action, workflow') as string })
  expect(many).toMatchObject({ exit: 2, stderr: expect.stringContaining('whole number') as string })
})

test('completion knows commands, sub-commands and options, in a shell that has it sourced', async () => {
  writeFileSync(person.path('completion.bash'), (await person.run(['completion', 'bash'])).stdout)
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _capstan; echo "\${COMPREPLY[*]}"`
  const complete = (...words: string[]) =>
    execFileSync('bash', ['-c', script, 'bash', person.path('completion.bash'), 'capstan', ...words], { encoding: 'utf8' }).trim()
  expect(complete('jo')).toBe('jobs')
  expect(complete('--url', 'x', 'jobs', 'w')).toBe('watch')
  expect(complete('jobs', 'retry', '--dr')).toBe('--dry-run')
  expect(complete('admin', 'quotas', 're')).toBe('remove')
  expect(complete('admin', 'quotas', 'set', 'w')).toBe('workflow')
  expect((await person.run(['completion', 'tcsh'])).exit).toBe(2)
})

test.runIf(hasFish)('fish knows the same', async () => {
  writeFileSync(person.path('capstan.fish'), (await person.run(['completion', 'fish'])).stdout)
  const complete = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', person.path('capstan.fish'), line], {
      encoding: 'utf8',
      cwd: person.path('card'),
      env: { ...process.env, HOME: person.folder },
    }).trim()
  expect(complete('capstan jo')).toMatch(/^jobs\t/)
  expect(complete('./capstan --url x jobs w')).toMatch(/^watch\t/)
  expect(complete('capstan jobs retry --dr')).toMatch(/^--dry-run\t/)
  expect(complete('capstan admin quotas re')).toMatch(/^remove\t/)
  expect(complete('capstan admin quotas set w')).toBe('workflow')
})

test('a backup is gone back to while the platform runs, which is then at the same address with the state of the backup', async () => {
  const made = await person.json<{ mediaFiles: number }>(['backup', '--with-media', 'backup'])
  expect(made.mediaFiles).toBeGreaterThan(0)
  expect((await person.run(['backup', 'backup'])).exit).toBe(1)
  writeFileSync(person.path('later.txt'), 'after the backup')
  expect((await person.run(['ingest', '--wait', 'later.txt'])).exit).toBe(0)
  const { keptAs } = await person.json<{ keptAs: string }>(['restore', 'backup'])
  expect(existsSync(join(keptAs, 'capstan.db'))).toBe(true)
  expect(await platform.assetNamed('later.txt')).toBeNull()
  expect(await platform.assetNamed('harbour.mp4')).not.toBeNull()
  expect((await person.run(['fsck', '--json'])).exit).toBe(0)
})

test('the support bundle and the log name no secret, the new password opens, the first one is gone', async () => {
  const { token } = JSON.parse(readFileSync(person.path('.config/capstan/credentials.json'), 'utf8')) as { token: string }
  const { password } = await person.json<{ password: string }>(['admin', 'reset-password'])
  expect(existsSync(join(platform.data, 'admin-password'))).toBe(false)
  expect((await person.run(['support-bundle', 'bundle.zip'])).exit).toBe(0)
  expect(statSync(person.path('bundle.zip')).mode & 0o777).toBe(0o600)
  const log = readFileSync(join(platform.data, 'logs/capstan.log'), 'utf8')
  for (const secret of [token, token.slice(-43), password]) expect(log).not.toContain(secret)
  const login = ['login', platform.url, '--name', 'admin', '--password-stdin']
  expect((await person.run(login, { input: password })).exit).toBe(0)
  expect((await person.run(['logout'])).stdout).toBe('Signed out\n')
  expect((await person.run(['assets'], { env: { CAPSTAN_TOKEN: token, CAPSTAN_URL: platform.url } })).exit).toBe(1)
})

function definition(next: string): string {
  return JSON.stringify({
    name: 'look-again',
    title: 'Look again',
    nodes: [
      { id: 'start', type: 'start', next: 'probe' },
      { id: 'probe', type: 'action', action: 'probe', next },
      { id: 'end', type: 'end' },
    ],
  })
}
