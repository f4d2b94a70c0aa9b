import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type MetricSources = {
  jobCounts: () => Promise<readonly { kind: string; state: string; pool: string; count: number; oldestReadyMs: number | null }[]>
  /** Since the process began. */
  jobsEnded: () => readonly { kind: string; state: string; count: number }[]
  consumerLag: () => Promise<Record<string, number>>
  liveStreams: () => number
  nowMs: () => number
}

/** What an operator's Prometheus asks for; the names are a promise. */
export function createMetrics({ jobCounts, jobsEnded, consumerLag, liveStreams, nowMs }: MetricSources) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'capstan_' })
  const requests = new Counter({
    name: 'capstan_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'capstan_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['method'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  new Gauge({
    name: 'capstan_event_loop_lag_seconds',
    help: 'How late the process comes to its work, 99th percentile since the last look',
    registers: [registry],
    collect() {
      this.set(Math.max(0, delay.percentile(99) / 1e9 - 0.02))
      delay.reset()
    },
  })
  new Gauge({
    name: 'capstan_jobs',
    help: 'Jobs that have not ended, by state: waiting, running, held back or in doubt. For those that ended see capstan_jobs_ended_total',
    labelNames: ['kind', 'state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { kind, state, count } of await jobCounts()) this.inc({ kind, state }, count)
    },
  })
  new Counter({
    name: 'capstan_jobs_ended_total',
    help: 'Jobs that ended since this process began, by how: completed, failed, timed_out or cancelled. One that is retried and ends again counts again',
    labelNames: ['kind', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { kind, state, count } of jobsEnded()) this.inc({ kind, state }, count)
    },
  })
  new Gauge({
    name: 'capstan_queue_age_seconds',
    help: 'How long the oldest ready job has waited',
    labelNames: ['pool'],
    registers: [registry],
    async collect() {
      this.reset()
      const oldest: Record<string, number> = { light: 0, io: 0, encode: 0 }
      for (const { pool, oldestReadyMs } of await jobCounts())
        if (oldestReadyMs !== null) oldest[pool] = Math.max(oldest[pool] ?? 0, (nowMs() - oldestReadyMs) / 1_000)
      for (const [pool, age] of Object.entries(oldest)) this.set({ pool }, age)
    },
  })
  new Gauge({
    name: 'capstan_event_consumer_lag',
    help: 'Events that a consumer has not seen yet',
    labelNames: ['consumer'],
    registers: [registry],
    async collect() {
      for (const [consumer, events] of Object.entries(await consumerLag())) this.set({ consumer }, events)
    },
  })
  new Gauge({
    name: 'capstan_live_streams',
    help: 'Browsers that listen to events',
    registers: [registry],
    collect() {
      this.set(liveStreams())
    },
  })

  return {
    registry,
    watch: (app: FastifyInstance): void => {
      app.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'none'
        requests.inc({ method: request.method, route, status: reply.statusCode })
        seconds.observe({ method: request.method }, reply.elapsedTime / 1_000)
      })
    },
  }
}
