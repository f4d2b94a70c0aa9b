import fastify, { type FastifyInstance } from 'fastify'

const PATH = '/docs'

/** The page draws itself with inline styles and scripts of its own; it gets a policy of its own and nothing from elsewhere. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
].join('; ')

/** The API reference at /docs. It weighs 46 MB of memory and 300 ms (measured), so it is opened by whoever first asks for it. */
export function serveReference(app: FastifyInstance): void {
  let opened: Promise<FastifyInstance> | null = null
  for (const url of [PATH, `${PATH}/*`]) {
    app.get(url, { config: { permission: 'public' }, schema: { hide: true } }, async (request, reply) => {
      const page = await (opened ??= openPage())
      reply.hijack()
      reply.raw.setHeader('content-security-policy', POLICY)
      reply.raw.setHeader('x-content-type-options', 'nosniff')
      page.routing(request.raw, reply.raw)
    })
  }
}

async function openPage(): Promise<FastifyInstance> {
  const { default: apiReference } = await import('@scalar/fastify-api-reference')
  const page = fastify()
  await page.register(apiReference, {
    routePrefix: PATH,
    configuration: { url: '/api/v1/openapi.json', withDefaultFonts: false, telemetry: false, agent: { disabled: true } },
  })
  await page.ready()
  return page
}
