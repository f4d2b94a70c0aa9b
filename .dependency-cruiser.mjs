// The architecture as rules; ARCHITECTURE.md explains them. bootstrap/arrows.test.mjs proves that every one of them still bites.
const SERVICE = '^server/src/services/([^/]+)/'
const OWN = '^server/src/services/$1/'
const ADAPTER = '^server/src/adapters/([^/]+)/'
/** Tests, what only they use, and benches, which measure a part as a test exercises it. */
const TESTS = [
  '\\.(test|contract|fixture)\\.tsx?$',
  '/ports/[^/.]+\\.[^/]+\\.ts$',
  '/testing\\.ts$',
  '^server/test/',
  '^console/test/',
  '^bench/',
]

/** Packages that compute and touch nothing: no file, no network, no clock. */
const PURE_PACKAGES = [
  '(^|/)node_modules/(zod|@marcbachmann/cel-js|yaml|hash-wasm|croner|otpauth)/',
  '^(node:)?(crypto|path|buffer|util|url)$',
]

/** Every service may name what it asks of another, and of itself, in the words of an api.ts: types, no code. */
const APIS = '^server/src/services/[^/]+/api\\.ts$'

/** A client library lives in the adapter folders named here and nowhere else. */
const HOME_OF = {
  mysql2: 'adapters/(mariadb|sql)',
  'rabbitmq-client': 'adapters/rabbitmq',
  '@redis/client': 'adapters/redis',
  mongodb: 'adapters/mongodb',
  arangojs: 'adapters/arangodb',
  aws4fetch: 'adapters/s3',
}

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    forbid('no-cycles', 'Two modules in a cycle are one module.', {}, { circular: true }),
    forbid('everything-resolves', 'An import that leads nowhere hides from every other rule.', {}, { couldNotResolve: true }),

    forbid(
      'domain-is-pure',
      'Domain code computes; it never reaches out.',
      { path: `${SERVICE}domain/`, pathNot: TESTS },
      { pathNot: [`${OWN}domain/`, APIS, '^server/src/lib/', '^contract/', ...PURE_PACKAGES] },
    ),
    forbid(
      'ports-speak-domain',
      'A port uses the words of its service and nothing else.',
      { path: `${SERVICE}ports/`, pathNot: TESTS },
      { pathNot: [`${OWN}(domain|ports)/`, APIS, '^server/src/(lib|ports)/', '^contract/'], dependencyTypesNot: ['core'] },
    ),
    forbid(
      'shared-ports-speak-plainly',
      'A port that no service owns knows no service.',
      { path: '^server/src/ports/', pathNot: TESTS },
      { pathNot: ['^server/src/(ports|lib)/', '^contract/'], dependencyTypesNot: ['core'] },
    ),
    forbid(
      'use-cases-know-no-technology',
      'A use case asks a port; it opens no file, socket, process or database.',
      { path: `${SERVICE}use-cases/`, pathNot: TESTS },
      {
        path: [
          '^(node:)?(fs|fs/promises|net|http|https|tls|dgram|child_process|sqlite|worker_threads|cluster)$',
          '(^|/)node_modules/fastify/',
        ],
      },
    ),
    forbid(
      'only-compose-picks-adapters',
      'Everything else asks for a port.',
      { pathNot: ['^server/src/(compose\\.ts|adapters/)', ...TESTS] },
      { path: '^server/src/adapters/' },
    ),
    forbid(
      'services-are-configured-by-value',
      'A service receives values; it reads no configuration and composes nothing.',
      { path: SERVICE, pathNot: TESTS },
      { path: '^server/src/((compose|config|main)\\.ts|start/)' },
    ),
    forbid(
      'services-meet-at-api',
      'Another service is known by its api.ts only.',
      { path: SERVICE, pathNot: TESTS },
      { path: '^server/src/services/', pathNot: [OWN, APIS] },
    ),
    forbid(
      'adapters-are-leaves',
      'An adapter knows ports and the nouns they speak; no other part of a service and no other adapter.',
      { path: ADAPTER, pathNot: TESTS },
      {
        path: '^server/src/',
        pathNot: ['^server/src/adapters/($1|sql)/', '^server/src/services/[^/]+/(domain|ports)/', '^server/src/(ports|lib)/'],
      },
    ),
    forbid(
      'only-dialects-share-sql',
      'adapters/sql is the common half of the two relational adapters and of nothing else.',
      { path: '^server/src/adapters/(?!sql/|sqlite/|mariadb/)', pathNot: TESTS },
      { path: '^server/src/adapters/sql/' },
    ),
    forbid(
      'http-stays-at-the-edge',
      'Only http files and the files that start the server know the web framework.',
      {
        path: '^server/src/',
        pathNot: ['^server/src/(http/|main\\.ts|compose\\.ts|start/)', '^server/src/services/[^/]+/http[^/]*(\\.ts$|/)', ...TESTS],
      },
      { path: '(^|/)node_modules/(fastify|@fastify/[^/]+)/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'sqlite-stays-in-sqlite',
      'One technology, one adapter folder; the data folder borrows its file lock.',
      { path: '^server/src/', pathNot: ['^server/src/adapters/sqlite/', '^server/src/start/data-folder\\.ts$', ...TESTS] },
      { path: '^(node:)?sqlite$' },
    ),
    ...Object.entries(HOME_OF).map(([client, home]) =>
      forbid(
        `${client.replace(/^@|\//g, '')}-stays-at-home`,
        'One client library, one place.',
        { path: '^server/src/', pathNot: [`^server/src/${home}/`, ...TESTS] },
        { path: `(^|node_modules/)${client}(/|$)` },
      ),
    ),
    forbid(
      'lib-knows-nothing',
      'lib/ has no domain words.',
      { path: '^server/src/lib/', pathNot: TESTS },
      { path: '^server/src/(?!lib/)' },
    ),
    forbid('tests-are-not-shipped', 'Test code cannot be reached from the program.', { pathNot: TESTS }, { path: TESTS }),
    forbid(
      'contract-knows-nobody',
      'The contract is what the others share.',
      { path: '^contract/' },
      { path: '^(server|console|cli|bench)/' },
    ),
    forbid(
      'console-knows-the-contract',
      'The console may not import other workspaces.',
      { path: '^console/src/' },
      { path: '^(server|cli|bench)/' },
    ),
    forbid(
      'cli-knows-the-contract',
      'The cli may not import other workspaces.',
      { path: '^cli/src/' },
      { path: '^(server|console|bench)/' },
    ),
    forbid(
      'server-knows-the-contract',
      'The server may not import other workspaces.',
      { path: '^server/src/' },
      { path: '^(console|cli|bench)/' },
    ),
    forbid(
      'features-are-islands',
      'Features are put together in console/src/routes.',
      { path: '^console/src/features/([^/]+)/' },
      { path: '^console/src/(features|routes)/', pathNot: '^console/src/features/$1/' },
    ),
    forbid(
      'console-lib-is-below',
      'What every feature shares knows no feature.',
      { path: '^console/src/(lib|components)/' },
      { path: '^console/src/(features|routes)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(console/dist|bench/results)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css', '.d.ts'],
    },
  },
}
