import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { serverFolder } from './folder.ts'
import { endAll, ServerProcess, type Launch } from './server-process.ts'

const shell = (script: string, more: Partial<Launch> = {}): Launch => ({
  name: 'the server',
  command: 'sh',
  args: ['-c', script],
  folder: serverFolder('shell'),
  ready: async () => {},
  ...more,
})

const isAlive = (pid: number) => existsSync(`/proc/${pid}`)

async function until(holds: () => boolean, limitMs = 5_000): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs
  while (!holds() && performance.now() < deadlineMs) await sleep(20)
  return holds()
}

test('a server that ends at its start is reported with its last words', async () => {
  const ready = async () => Promise.reject(new Error('refused'))
  await expect(ServerProcess.start(shell('echo the port is taken; exit 3', { ready }))).rejects.toThrow(
    /ended at its start \(3\).*the port is taken/s,
  )
})

test('a server that never serves is ended when its time is over', async () => {
  const ready = async () => Promise.reject(new Error('refused'))
  await expect(ServerProcess.start(shell('exec sleep 60', { ready, readyMsMax: 300 }))).rejects.toThrow('was not ready after 300 ms')
})

test('a program that does not exist is a sentence, not a wait', async () => {
  const ready = async () => Promise.reject(new Error('refused'))
  await expect(ServerProcess.start(shell('', { command: '/nowhere/server', ready }))).rejects.toThrow('ended at its start')
})

test('is killed, started again, paused, and ended while it is paused', async () => {
  const launch = shell('exec sleep 60')
  const server = await ServerProcess.start(launch)
  const first = server.pid()
  await server.kill()
  expect(isAlive(first)).toBe(false)
  expect(() => server.pid()).toThrow('does not run')
  await server.restart()
  const second = server.pid()
  server.pause()
  await endAll([server], launch.folder)
  expect(isAlive(second)).toBe(false)
  expect(existsSync(launch.folder)).toBe(false)
})

test('nothing is left when the process that started a server is killed', async () => {
  const script = `
    const { ServerProcess } = await import(${JSON.stringify(new URL('./server-process.ts', import.meta.url).href)})
    const { serverFolder } = await import(${JSON.stringify(new URL('./folder.ts', import.meta.url).href)})
    const folder = serverFolder('shell')
    const server = await ServerProcess.start({ name: 'sleep', command: 'sleep', args: ['60'], folder, ready: async () => {} })
    console.log(JSON.stringify({ pid: server.pid(), folder }))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve))
  const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string }
  expect(isAlive(pid)).toBe(true)
  expect(readdirSync(folder)).toContain('log')
  parent.kill('SIGKILL')
  expect(await until(() => !isAlive(pid))).toBe(true)
  expect(await until(() => !existsSync(folder))).toBe(true)
})
