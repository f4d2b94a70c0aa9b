import { EventView } from '@capstan/contract/events'
import { queryClient, signedOut } from '../query-client.ts'
import { createStore } from '../store.ts'
import { applyEvent } from './apply.ts'
import { readFeed, type FeedMessage, type FeedState } from './feed.ts'
import { applyProgress } from './progress.ts'

export const feedState = createStore<FeedState>('connecting')

function receive(message: FeedMessage): void {
  if (message.type === 'state') {
    const wasLost = feedState.get() === 'lost'
    feedState.set(message.state)
    // What failed while the platform was away is asked again, and events that it no longer has are made up for.
    if (wasLost && message.state === 'live') void queryClient.invalidateQueries()
    if (message.state === 'signed_out') signedOut()
    return
  }
  const { event, data } = message.event
  try {
    const value: unknown = JSON.parse(data)
    if (event === 'progress') return applyProgress(value)
    const parsed = EventView.safeParse(value)
    if (parsed.success) applyEvent(parsed.data)
  } catch {
    // A newer platform may send what this console does not know.
  }
}

/** Follows the platform's events through one shared stream a browser; answers how to stop. */
export function startLive(): () => void {
  if (typeof SharedWorker === 'undefined') {
    const controller = new AbortController()
    void readFeed(receive, controller.signal)
    return () => controller.abort()
  }
  const worker = new SharedWorker(new URL('./feed.worker.ts', import.meta.url), { type: 'module', name: 'capstan-live' })
  const leave = () => worker.port.postMessage('leave')
  worker.port.onmessage = (message: MessageEvent<FeedMessage>) => receive(message.data)
  worker.port.start()
  worker.port.postMessage('start')
  window.addEventListener('pagehide', leave)
  return () => {
    window.removeEventListener('pagehide', leave)
    leave()
    worker.port.close()
  }
}
