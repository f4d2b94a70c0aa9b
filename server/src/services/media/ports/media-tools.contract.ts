import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MediaTools, ToolRun } from './media-tools.ts'
import { inputArgs, inputRef } from './media-tools.ts'

const LIMIT_MS = 30_000
const LOOK_AROUND = fileURLToPath(new URL('./look-around.fixture.ts', import.meta.url))
const LAVFI = ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=25']

/** What every adapter of MediaTools promises. `open` gets a folder of its own. */
export function mediaToolsContract(name: string, open: (workDir: string) => Promise<MediaTools>): void {
  describe(`media tools: ${name}`, () => {
    let folder: string
    let out: string
    let clip: string
    let tools: MediaTools
    const run = (wanted: Partial<ToolRun> & Pick<ToolRun, 'args'>) =>
      tools.run({ tool: 'ffmpeg', inputs: [], outputDir: out, signal: AbortSignal.timeout(LIMIT_MS), timeoutMs: LIMIT_MS, ...wanted })

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'capstan-tools-'))
      out = join(folder, 'out')
      await mkdir(out)
      tools = await open(join(folder, 'work folder'))
      await run({ args: [...LAVFI, '-t', '1', '-c:v', 'mpeg4', 'clip.mp4'] })
      clip = join(out, 'clip.mp4')
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test('a tool reads its inputs, writes its output folder and reports progress', async () => {
      const frames: (number | null)[] = []
      await run({ args: [...inputArgs(0, 'mov'), 'copy.mp4'], inputs: [clip], onProgress: ({ frame }) => frames.push(frame) })
      expect(await readdir(out)).toContain('copy.mp4')
      expect(frames.at(-1)).toBe(25)
    })

    test.each([
      '-dash first.mov',
      'it\'s a "quote".mov',
      'two\nlines\ttab.mov',
      'back\\slash and # hash.mov',
      '🎬 é %d 100%.mov',
      '{in:1}.mov',
    ])('the name %j does not matter', async (odd) => {
      await copyFile(clip, join(folder, odd))
      const { stdout } = await run({
        tool: 'ffprobe',
        args: ['-show_entries', 'format=nb_streams', '-of', 'csv=p=0', ...inputArgs(0, 'mov')],
        inputs: [join(folder, odd)],
      })
      expect(stdout.toString().trim()).toBe('1')
    })

    test.runIf(process.geteuid?.() === 0)(
      'as root, a file that only another user may read is read, and what is made of it is ours',
      async () => {
        const home = join(folder, 'home of another')
        await mkdir(home)
        const theirs = join(home, 'theirs.mov')
        await copyFile(clip, theirs)
        for (const path of [theirs, home]) await chown(path, 4_711, 4_711)
        await chmod(theirs, 0o600)
        await chmod(home, 0o700)
        const made = join(folder, 'made of theirs')
        await mkdir(made, { mode: 0o700 })
        const convert = (name: string) => run({ args: [...inputArgs(0, 'mov'), name], inputs: [theirs], outputDir: made })
        await Promise.all([convert('first.mp4'), convert('second.mp4')])
        if (tools.capabilities.sandbox.namespaces) {
          const args = [LOOK_AROUND, '1', inputRef(0), theirs, home, clip, '/etc/passwd', '/proc/1/environ']
          const { stdout } = await run({ tool: 'node', args, inputs: [theirs], outputDir: made })
          expect(JSON.parse(stdout.toString('utf8'))).toMatchObject({
            read: ['/in/0'],
            written: [],
            wroteIntoSources: false,
            network: false,
          })
        }
        await convert('first.mp4')
        for (const path of [made, join(made, 'first.mp4'), join(made, 'second.mp4')]) expect((await stat(path)).uid).toBe(0)
        expect(await stat(theirs)).toMatchObject({ uid: 4_711, gid: 4_711 })
      },
    )

    test('raw data comes through as it is made', async () => {
      let bytes = 0
      const args = [...inputArgs(0, 'mov'), '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1']
      const { stdout } = await run({ args, inputs: [clip], onStdout: (chunk) => void (bytes += chunk.length) })
      expect(bytes).toBe(64 * 64 * 25)
      expect(stdout).toHaveLength(0)
    })

    test('garbage is invalid, with what the tool said; wrong arguments are our own fault', async () => {
      const garbage = join(folder, 'garbage.mov')
      await writeFile(garbage, Buffer.alloc(5_000, 'garbage'))
      await expect(run({ args: [...inputArgs(0, 'mov'), 'x.mp4'], inputs: [garbage] })).rejects.toMatchObject({
        code: 'invalid',
        details: { stderrTail: expect.stringMatching(/moov|Invalid data/) as string },
      })
      await expect(run({ args: [...inputArgs(0, 'mov'), '-no_such_option', 'x', 'x.mp4'], inputs: [clip] })).rejects.toMatchObject({
        code: 'internal',
      })
      await expect(run({ args: [...inputArgs(0, 'mov'), 'x.mp4'], inputs: [join(folder, 'missing.mov')] })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test('an abort and a time-out leave no process behind', async () => {
      const marker = `mark${process.pid}${Math.random().toString(36).slice(2)}`
      const endless = { args: ['-re', ...LAVFI, '-metadata', `title=${marker}`, '-c:v', 'mpeg4', 'endless.mp4'] }
      const abort = new AbortController()
      const running = run({ ...endless, signal: abort.signal, onProgress: () => abort.abort() })
      await expect(running).rejects.toMatchObject({ code: 'internal', details: { reason: 'aborted' } })
      expect(await processesWith(marker)).toEqual([])
      await expect(run({ ...endless, timeoutMs: 500 })).rejects.toMatchObject({ code: 'timeout' })
      expect(await processesWith(marker)).toEqual([])
    })

    test('a decoder of our own sees its input, its output and our sources, and neither neighbours, system, network nor environment', async () => {
      if (!tools.capabilities.sandbox.namespaces) return
      const neighbour = join(folder, 'neighbour.txt')
      const home = homedir()
      await writeFile(neighbour, 'secret')
      process.env['CAPSTAN_TEST_SECRET'] = 'secret of the parent'
      const listener = createServer().listen(0, '127.0.0.1')
      await once(listener, 'listening')
      const { port } = listener.address() as AddressInfo
      const paths = [
        inputRef(0),
        clip,
        neighbour,
        folder,
        '/etc/passwd',
        '/etc/shadow',
        '/etc/hostname',
        home,
        '/proc/1/environ',
        '/tmp',
        '/var/log',
      ]
      const { stdout } = await run({ tool: 'node', args: [LOOK_AROUND, String(port), ...paths], inputs: [clip] }).finally(() => {
        delete process.env['CAPSTAN_TEST_SECRET']
        listener.close()
      })
      const seen = JSON.parse(stdout.toString('utf8')) as Record<string, unknown> & { etc: string[] }
      const isOnTheWayToOurSources = (path: string) => LOOK_AROUND.startsWith(`${path}/`)
      expect((seen['read'] as string[]).filter((path) => !isOnTheWayToOurSources(path))).toEqual(['/in/0'])
      expect(seen).toMatchObject({ written: [], wroteIntoSources: false, parentEnvironment: false, network: false })
      expect(JSON.stringify(seen['environment'])).not.toMatch(/secret|capstan-tools/)
      expect(seen.etc.filter((name) => !/^(ld.so.cache|alternatives|fonts|perl|libreoffice)$/.test(name))).toEqual([])
    })

    describe('hostile playlists', () => {
      const secret = 'capstan-secret-neighbour'
      const evil = (text: string) => writeFile(join(folder, 'evil.mov'), text)
      const tryToRead = async (demuxer: string, extra: string[] = []) => {
        const args = [...extra, '-f', demuxer, '-i', inputRef(0), '-show_packets', '-show_data']
        return run({ tool: 'ffprobe', args, inputs: [join(folder, 'evil.mov')] }).then(
          ({ stdout }) => stdout.toString('latin1'),
          (error: unknown) => (error as { code: string }).code,
        )
      }

      test('even with the playlist demuxers open, a neighbour and a file of the system stay out of sight', async () => {
        if (!tools.capabilities.sandbox.namespaces) return
        await copyFile(clip, join(folder, `${secret}.mp4`))
        const any = ['-protocol_whitelist', 'file,pipe,crypto,data,subfile', '-allowed_extensions', 'ALL']
        for (const target of [join(folder, `${secret}.mp4`), `${secret}.mp4`, '/etc/passwd', 'file:///etc/passwd']) {
          await evil(`#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${target}\n#EXT-X-ENDLIST\n`)
          expect(await tryToRead('hls', any)).not.toMatch(/\[PACKET\]/)
          await evil(`ffconcat version 1.0\nfile '${target}'\n`)
          expect(await tryToRead('concat', ['-protocol_whitelist', 'file,pipe', '-safe', '0'])).not.toMatch(/\[PACKET\]/)
        }
      })

      test('opened as what its name says, a playlist is only broken', async () => {
        await evil(`#EXTM3U\n#EXTINF:10,\n/etc/passwd\n`)
        await expect(run({ tool: 'ffprobe', args: inputArgs(0, 'mov'), inputs: [join(folder, 'evil.mov')] })).rejects.toMatchObject({
          code: 'invalid',
        })
      })

      test('nothing can be written outside the output folder', async () => {
        if (!tools.capabilities.sandbox.namespaces) return
        const outside = join(folder, 'outside.mp4')
        await expect(run({ args: [...inputArgs(0, 'mov'), outside], inputs: [clip] })).rejects.toThrow()
        await expect(run({ args: [...inputArgs(0, 'mov'), inputRef(0)], inputs: [clip] })).rejects.toThrow()
        expect(await readdir(folder)).not.toContain('outside.mp4')
        expect((await readFile(clip)).length).toBeGreaterThan(0)
      })
    })
  })
}

/** Command lines of running processes that hold a word. */
async function processesWith(marker: string): Promise<string[]> {
  const listed = await new Promise<string>((resolve) => execFile('ps', ['-eo', 'pid,args'], (_, stdout) => resolve(stdout)))
  return listed.split('\n').filter((line) => line.includes(marker))
}
