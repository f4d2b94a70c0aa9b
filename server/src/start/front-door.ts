import type { AddressInfo } from 'node:net'
import { RIGHTS } from '@capstan/contract/rights'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ports } from '../compose.ts'
import { answerOnce } from '../http/idempotency.ts'
import { createMetrics } from '../http/metrics.ts'
import { createHttpServer } from '../http/server.ts'
import { CapstanError } from '../lib/errors.ts'
import { CONTROL, maintenanceRoutes } from '../maintenance/http.ts'
import { assetRoutes } from '../services/assets/http.ts'
import { eventRoutes } from '../services/events/http.ts'
import { authorise, systemPrincipal, type Principal } from '../services/identity/api.ts'
import type { ControlSocket } from './control-socket.ts'
import { maintenanceOf } from './maintenance.ts'
import type { PlatformDeps } from './deps.ts'
import type { Services } from './services.ts'
import { statusRoute } from './status.ts'
import { readTls, reloadTlsOnHangUp } from './tls.ts'

const ACCOUNT_ID = 1
const CLOSE_MS = 5_000

export type FrontDoor = { url: string; close: () => Promise<void> }

/** Every route of every service behind one listener, and the same for the owner of the data folder behind the control socket. */
export async function openFrontDoor(ports: Ports, services: Services, control: ControlSocket, deps: PlatformDeps): Promise<FrontDoor> {
  const { config, folder, logger, version, consoleFolder } = deps
  const authenticate = (request: FastifyRequest): Promise<Principal> =>
    control.owns(request.raw)
      ? Promise.resolve({ ...systemPrincipal(ACCOUNT_ID, CONTROL, RIGHTS), requestId: request.id })
      : services.identity.authenticate(request)
  const { app, route, assertComplete } = await createHttpServer({
    version,
    logger,
    authenticate,
    noteRefusal: services.audit.noteRefusal,
    consoleFolder,
    behindProxy: config.behindProxy,
    answerOnce: answerOnce(ports.idempotency, () => ports.clock.now(), ports.clock.now()),
    tls: readTls(config, ports.clock.now()),
  })
  services.identity.routes(route)
  assetRoutes(route, services.assetsHttp)
  services.jobs.routes(route)
  services.workflows.routes(route)
  services.transfer.routes(route)
  services.resources.routes(route)
  services.search.routes(route)
  services.audit.routes(route)
  eventRoutes(route, { history: ports.history, stream: services.stream, authenticate })
  statusRoute(route, { ports, services, version })
  maintenanceRoutes(route, maintenanceOf(ports, services, deps))
  assertComplete()
  mountUploads(app, services, authenticate)
  mountOperations(app, ports, services, authenticate)

  await listen(app, config.host, config.port)
  await control.listen(folder.controlSocket, (request, response) => app.routing(request, response))
  const stopReloading = reloadTlsOnHangUp(app.server, () => readTls(config, ports.clock.now()), logger)
  const { port } = app.server.address() as AddressInfo
  const scheme = config.tlsCert ? 'https' : 'http'
  const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host
  return {
    url: config.publicUrl ?? `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => {
      stopReloading()
      return closeWithin(app, CLOSE_MS)
    },
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new CapstanError('conflict', `port ${port} is taken by another program: choose another with --port N (0 takes a free one)`)
    if (code === 'EACCES')
      throw new CapstanError('forbidden', `port ${port} needs more rights than this user has: choose one above 1023 with --port N`)
    if (code === 'EADDRNOTAVAIL') throw new CapstanError('invalid', `this machine has no address ${host}: choose another with --host`)
    throw error
  }
}

/** Requests get a while to end; what still streams then is cut, and its client comes back. */
async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), ms)
  await app.close()
  clearTimeout(timer)
}

/** tus speaks its own protocol on raw requests, whose bodies nobody may read first. */
function mountUploads(app: FastifyInstance, services: Services, authenticate: (request: FastifyRequest) => Promise<Principal>): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const url of ['/api/v1/uploads', '/api/v1/uploads/:id']) {
      scope.route({
        method: ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'],
        url,
        exposeHeadRoute: false,
        config: { permission: 'ingest' },
        schema: { hide: true },
        handler: async (request, reply) => {
          const by = await authenticate(request)
          authorise(by, 'ingest')
          reply.hijack()
          reply.raw.setHeader('x-request-id', request.id)
          await services.transfer.uploadHandler(request.raw, reply.raw, by)
        },
      })
    }
  })
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

function mountOperations(
  app: FastifyInstance,
  ports: Ports,
  services: Services,
  authenticate: (request: FastifyRequest) => Promise<Principal>,
): void {
  const config = { permission: 'public' as const }
  const schema = { hide: true }
  const metrics = createMetrics({
    jobCounts: async () =>
      (await ports.jobList.counts()).map(({ oldestReadyAtMs, ...count }) => ({
        ...count,
        oldestReadyMs: count.state === 'queued' ? oldestReadyAtMs : null,
      })),
    jobsEnded: () => services.jobs.endedCounts(),
    consumerLag: () => ports.bus.lag(),
    liveStreams: () => services.stream.size,
    nowMs: () => ports.clock.now(),
  })
  metrics.watch(app)
  app.get('/healthz', { config, schema }, async () => ({ status: 'ok' }))
  app.get('/readyz', { config, schema }, async (_request, reply) => {
    const problems = await services.problems()
    return reply
      .status(problems.length === 0 ? 200 : 503)
      .send({ status: problems.length === 0 ? 'ready' : 'not ready', problems, notices: services.notices() })
  })
  app.get('/metrics', { config, schema }, async (request, reply) => {
    const isLocal = LOOPBACK.has(request.raw.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined
    if (!isLocal) authorise(await authenticate(request), 'operate')
    return reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  app.get('/api/v1/openapi.json', { config, schema }, () => app.swagger())
}
