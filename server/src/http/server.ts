import { existsSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import { createJsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod'
import { api } from '@capstan/contract/api'
import type { Endpoint } from '@capstan/contract/endpoint'
import type { Permission } from '@capstan/contract/rights'
import { CapstanError } from '../lib/errors.ts'
import { uuidv7 } from '../lib/ids.ts'
import { authorise, type Principal } from '../services/identity/api.ts'
import { answerError } from './errors.ts'
import type { AnswerOnce } from './idempotency.ts'
import { serveReference } from './reference.ts'
import type { Route } from './route.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
  }
}

const BODY_BYTES_MAX = 2 * 1024 * 1024

export type HttpServerDeps = {
  version: string
  logger: FastifyBaseLogger
  authenticate: (request: FastifyRequest) => Promise<Principal>
  /** A refused request of somebody known. */
  noteRefusal: (by: Principal, route: string, right: string) => void
  /** The built console; null serves only the API. */
  consoleFolder: string | null
  /** Believes the nearest proxy about address and scheme, and nobody behind it: what stands further left was written by the client. */
  behindProxy: boolean
  tls: SecureContextOptions | null
  answerOnce: AnswerOnce
}

export type HttpServer = { app: FastifyInstance; route: Route; assertComplete: () => void }

/** The front door. A route without a stated permission throws here, at start, not at its first request. */
export async function createHttpServer({
  version,
  logger,
  authenticate,
  noteRefusal,
  consoleFolder,
  behindProxy,
  tls,
  answerOnce,
}: HttpServerDeps): Promise<HttpServer> {
  const app: FastifyInstance = fastify({
    ...(tls ? { https: tls } : {}),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: behindProxy ? (_address: string, hop: number) => hop === 0 : false,
    genReqId: () => uuidv7(),
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 500 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) =>
    answerError(new CapstanError('not_found', `there is nothing at ${request.method} ${request.url.split('?')[0]}`), request, reply),
  )
  app.decorateRequest('principal', null)
  app.addHook('onRoute', demandPermission)
  app.addHook('onRequest', async (request, reply) => void reply.headers({ 'x-request-id': request.id, ...transportHeaders(request) }))
  app.addHook('onRequest', limitBodyTime)
  app.addHook('onResponse', async (request, reply) => logOutcome(request, reply))
  await app.register(helmet, {
    frameguard: { action: 'deny' },
    contentSecurityPolicy: { directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: false,
  })
  await app.register(cookie)
  await app.register(rateLimit, { global: false })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Capstan', version, license: { name: 'Apache-2.0' } },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
  })
  serveReference(app)
  await app.register(fastifyStatic, { serve: false, root: '/', dotfiles: 'allow', cacheControl: false })

  const registered = new Set<string>()
  const route: Route = (endpoint: Endpoint, handler) => {
    registered.add(keyOf(endpoint))
    app.route(toFastifyRoute(endpoint, handler as (call: unknown) => Promise<unknown>, { authenticate, noteRefusal, answerOnce }))
  }
  if (consoleFolder && existsSync(consoleFolder)) serveConsole(app, consoleFolder)
  return { app, route, assertComplete: () => assertComplete(registered) }
}

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  mediaSrc: ["'self'", 'blob:'],
  workerSrc: ["'self'", 'blob:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  scriptSrc: ["'self'"],
  connectSrc: ["'self'"],
  fontSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
  upgradeInsecureRequests: null,
}

/** Whoever came by TLS once, also through a proxy that is believed, comes so for a year: nobody on the way can take it off. */
const transportHeaders = ({ protocol }: FastifyRequest): Record<string, string> =>
  protocol === 'https' ? { 'strict-transport-security': 'max-age=31536000' } : {}

const SECURITY_SCHEMES = {
  token: { type: 'http', scheme: 'bearer' },
  session: { type: 'apiKey', in: 'cookie', name: 'capstan_session' },
} as const

const BODY_MS_MAX = 60_000

/** A body that does not come to its end holds memory and a connection; uploads have limits of their own. */
function limitBodyTime(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  if (hasBody && !request.url.startsWith('/api/v1/uploads')) {
    const timer = setTimeout(() => request.raw.destroy(), BODY_MS_MAX)
    const forget = () => clearTimeout(timer)
    request.raw.once('end', forget).once('close', forget)
  }
  done()
}

/** One line an answer; what goes well is only told when asked for. */
function logOutcome(request: FastifyRequest, { statusCode, elapsedTime }: FastifyReply): void {
  const facts = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    status: statusCode,
    ms: Math.round(elapsedTime * 10) / 10,
    user: request.principal?.name,
  }
  if (statusCode >= 500) request.log.error(facts, 'request failed')
  else if (statusCode >= 400) request.log.info(facts, 'request refused')
  else request.log.debug(facts, 'request answered')
}

const keyOf = ({ method, path }: Endpoint) => `${method} ${path}`

/** The contract is a promise: an endpoint in it that nobody implements is a defect that shows at start. */
function assertComplete(registered: ReadonlySet<string>): void {
  const missing = Object.values(api)
    .flatMap((group) => Object.values(group) as Endpoint[])
    .map(keyOf)
    .filter((key) => !registered.has(key))
  if (missing.length > 0) throw new CapstanError('internal', `the contract promises what no service implements: ${missing.join(', ')}`)
}

function demandPermission(options: RouteOptions): void {
  if (options.config?.permission) return
  throw new CapstanError('internal', `the route ${String(options.method)} ${options.url} states no permission`)
}

type Guards = Pick<HttpServerDeps, 'authenticate' | 'noteRefusal' | 'answerOnce'>

function toFastifyRoute(endpoint: Endpoint, handler: (call: unknown) => Promise<unknown>, guards: Guards): RouteOptions {
  const { method, path, params, query, body, reply: replySchema, status = 200, summary, tag, permission, ifMatch } = endpoint
  const isPublic = permission === 'public'
  return {
    method,
    url: `/api/v1${path}`,
    exposeHeadRoute: endpoint.bytes === true,
    config: { permission },
    schema: {
      summary,
      tags: [tag],
      ...(params ? { params } : {}),
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      ...(replySchema ? { response: { [status]: replySchema } } : {}),
      ...(isPublic ? {} : { security: [{ token: [] }, { session: [] }] }),
      description: isPublic
        ? 'Open to everybody.'
        : permission === 'signed_in'
          ? 'For whoever is signed in.'
          : `Needs the right \`${permission}\`.`,
    },
    // Before the body is read: strangers may not make us keep theirs.
    onRequest: (request) => admit(request, endpoint, guards),
    handler: async (request, reply) => {
      const expectedRevision = ifMatch ? parseIfMatch(request.headers['if-match']) : null
      // Only routes that admit nobody in particular have none, and they do not ask who it is.
      const by = request.principal as Principal
      void reply.status(status)
      const call = { params: request.params, query: request.query, body: request.body, by, expectedRevision, request, reply }
      const answer = await (isPublic || endpoint.bytes ? handler(call) : guards.answerOnce(request, reply, () => handler(call)))
      if (reply.sent || answer === reply) return reply
      if (status === 204) return reply.send()
      const revision = (answer as { revision?: unknown } | null)?.revision
      if (typeof revision === 'number') void reply.header('etag', `"${revision}"`)
      return reply.send(answer)
    },
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until the request was admitted; public routes admit everybody and know nobody. */
    principal: Principal | null
  }
}

async function admit(
  request: FastifyRequest,
  { permission, method, path }: Endpoint,
  { authenticate, noteRefusal }: Guards,
): Promise<void> {
  if (permission === 'public') return
  const principal = await authenticate(request)
  request.principal = principal
  if (permission === 'signed_in') return
  if (!principal.rights.has(permission)) noteRefusal(principal, `${method} ${path}`, permission)
  authorise(principal, permission)
}

function parseIfMatch(header: string | undefined): number | null {
  if (header === undefined)
    throw new CapstanError(
      'invalid',
      'this change needs an If-Match header with the ETag that was read, so that nobody’s change is lost; `*` takes any',
    )
  if (header.trim() === '*') return null
  const revision = /^(?:W\/)?"(\d+)"$/.exec(header.trim())?.[1]
  if (!revision) throw new CapstanError('stale', 'the If-Match header is no ETag of this object: read it again')
  return Number(revision)
}

/** Files of the console by their hashed names for ever; every other path is the console's own, so it gets the page. */
function serveConsole(app: FastifyInstance, folder: string): void {
  const config = { permission: 'public' as const }
  app.get('/assets-static/*', { config, schema: { hide: true } }, (request, reply) => {
    const path = `assets-static/${(request.params as { '*': string })['*']}`
    void reply.headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' })
    const takesBrotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '')
    if (!takesBrotli || !/^assets-static\/[\w.-]+$/.test(path) || !existsSync(`${folder}/${path}.br`)) return reply.sendFile(path, folder)
    const type = path.endsWith('.css')
      ? 'text/css; charset=utf-8'
      : path.endsWith('.svg')
        ? 'image/svg+xml'
        : 'text/javascript; charset=utf-8'
    return reply.headers({ 'content-encoding': 'br', 'content-type': type }).sendFile(`${path}.br`, folder, { contentType: false })
  })
  app.get('/*', { config, schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    if (path.startsWith('api/')) {
      reply.callNotFound()
      return reply
    }
    const isFile = /^[\w-]+\.(?:svg|png|ico|webmanifest|js|txt)$/.test(path) && existsSync(`${folder}/${path}`)
    return reply.header('cache-control', 'no-cache').sendFile(isFile ? path : 'index.html', folder)
  })
}
