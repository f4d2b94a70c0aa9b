import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FaultProxy } from './fault-proxy.ts'

let server: Server
let proxy: FaultProxy
let heard: string
const open: Socket[] = []

beforeEach(async () => {
  heard = ''
  server = createServer({ allowHalfOpen: true }, (socket) => {
    open.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      heard += bytes.toString()
      socket.write(bytes)
    })
    socket.once('end', () => socket.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await FaultProxy.before(`echo://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await proxy.stop()
  await new Promise((resolve) => server.close(resolve))
})

async function dial(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' })
  open.push(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Resolves with what comes back within the limit, as soon as it is as long as what was said. */
async function say(socket: Socket, words: string, limitMs = 2_000): Promise<string> {
  let answer = ''
  const listen = (bytes: Buffer) => void (answer += bytes.toString())
  socket.on('data', listen)
  socket.write(words)
  const deadlineMs = performance.now() + limitMs
  while (answer.length < words.length && !socket.destroyed && performance.now() < deadlineMs) await sleep(5)
  socket.off('data', listen)
  return answer
}

const broken = (socket: Socket) =>
  new Promise<string>((resolve) => socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? '')))

test('passes bytes on, also many, in order, and the end of both sides', async () => {
  const socket = await dial()
  const words = Array.from({ length: 200_000 }, (_, index) => `${index} `).join('')
  expect(await say(socket, words, 10_000)).toBe(words)
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.end()
  await ended
})

test('delays every byte by the latency, and does not slow a stream down', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'latency', delayMs: 100 })
  const startedMs = performance.now()
  expect(await say(socket, 'hello')).toBe('hello')
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(195)
  const words = 'x'.repeat(900_000)
  const streamedMs = performance.now()
  expect(await say(socket, words, 5_000)).toBe(words)
  expect(performance.now() - streamedMs).toBeLessThan(2_000)
})

test('cut: resets what is open, refuses what is new, and is whole again after', async () => {
  const socket = await dial()
  expect(await say(socket, 'hello')).toBe('hello')
  const reset = broken(socket)
  await proxy.set({ kind: 'cut' })
  expect(await reset).toBe('ECONNRESET')
  await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.set({ kind: 'none' })
  expect(await say(await dial(), 'again')).toBe('again')
})

test('half-open: accepts, says nothing, and loses nothing', async () => {
  const old = await dial()
  await proxy.set({ kind: 'half-open' })
  const young = await dial()
  expect(await say(old, 'one', 150)).toBe('')
  expect(await say(young, 'two', 150)).toBe('')
  expect(heard).toBe('')
  await proxy.set({ kind: 'none' })
  expect(await say(young, '', 0)).toBe('')
  expect(await say(young, '!', 1_000)).toContain('t')
})

test('drip: a few bytes at a time', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'drip', bytesPerSecond: 200 })
  const startedMs = performance.now()
  expect(await say(socket, 'x'.repeat(60))).toBe('x'.repeat(60))
  expect(performance.now() - startedMs).toBeGreaterThan(250)
})

test('drop upwards: the server hears nothing; the connection is reset when the fault ends', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'drop', direction: 'up' })
  expect(await say(socket, 'lost', 150)).toBe('')
  expect(heard).toBe('')
  const reset = broken(socket)
  await proxy.set({ kind: 'none' })
  expect(await reset).toBe('ECONNRESET')
})

test('drop downwards: the server hears all, the client nothing', async () => {
  const socket = await dial()
  await proxy.set({ kind: 'drop', direction: 'down' })
  expect(await say(socket, 'heard', 150)).toBe('')
  expect(heard).toBe('heard')
})

test('gives the same address with its own port', () => {
  const { port } = server.address() as AddressInfo
  expect(proxy.through(`mysql://root:word@127.0.0.1:${port}/db`)).toBe(`mysql://root:word@127.0.0.1:${proxy.port}/db`)
})

test('is refused when the server is away', async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  const socket = connect(proxy.port, '127.0.0.1')
  expect(await broken(socket)).toBe('ECONNRESET')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
