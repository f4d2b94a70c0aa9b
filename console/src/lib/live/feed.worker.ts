/// <reference lib="webworker" />
import { readFeed, type FeedMessage, type FeedState } from './feed.ts'

// One stream for all tabs of this browser: each tab is a port.
const scope = self as unknown as SharedWorkerGlobalScope
const ports = new Set<MessagePort>()
let state: FeedState = 'connecting'
let running: AbortController | null = null

function emit(message: FeedMessage): void {
  if (message.type === 'state') state = message.state
  for (const port of ports) port.postMessage(message)
}

function run(): void {
  if (running) return
  const controller = new AbortController()
  running = controller
  void readFeed(emit, controller.signal).finally(() => {
    if (running === controller) running = null
  })
}

function receive(port: MessagePort, word: unknown): void {
  if (word === 'start') {
    run()
    port.postMessage({ type: 'state', state } satisfies FeedMessage)
  }
  if (word === 'leave') ports.delete(port)
  if (word === 'leave' && ports.size === 0) {
    running?.abort()
    running = null
  }
}

scope.onconnect = (event) => {
  const port = event.ports[0]
  if (!port) return
  ports.add(port)
  port.onmessage = (message: MessageEvent<unknown>) => receive(port, message.data)
}
