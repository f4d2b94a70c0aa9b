import { isAbsolute, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CapstanError } from './lib/errors.ts'

const SERVICES = ['identity', 'assets', 'resources', 'workflows', 'jobs', 'media', 'transfer', 'search', 'events', 'audit'] as const

const Store = z.object({
  url: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional(),
  caFile: z.string().min(1).optional(),
})

/** Where a server of the cluster set is; secrets lie in files, never in the settings themselves. */
export type StoreSettings = z.infer<typeof Store>

const Settings = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  host: z.string().min(1).default('127.0.0.1'),
  data: z.string().min(1).default('./data'),
  publicUrl: z.url().optional(),
  backends: z.enum(['embedded', 'cluster']).default('embedded'),
  services: z
    .string()
    .default('all')
    .transform((list) => (list === 'all' ? [...SERVICES] : list.split(',').map((name) => name.trim())))
    .pipe(z.array(z.enum(SERVICES))),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  allowRemote: z.boolean().default(false),
  behindProxy: z.boolean().default(false),
  insecureHttp: z.boolean().default(false),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  adminPasswordFile: z.string().optional(),
  once: z.boolean().default(false),
  noSample: z.boolean().default(false),
  checkConfig: z.boolean().default(false),
  crashPoints: z.array(z.string()).default([]),
  lowWaterBytes: z.coerce.number().int().nonnegative().optional(),
  ffmpegPath: z.string().min(1).nullable().default(null),
  stores: z.object({ mariadb: Store.extend({ replicaUrl: z.string().min(1).optional() }), mongodb: Store, rabbitmq: Store }),
  searchPath: z.string().default('/usr/local/bin:/usr/bin:/bin'),
})

export type Config = z.infer<typeof Settings> & { files: string[]; isReachable: boolean; requireTotp: boolean }

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  'allow-remote': { type: 'boolean' },
  'behind-proxy': { type: 'boolean' },
  'insecure-http': { type: 'boolean' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'admin-password-file': { type: 'string' },
  once: { type: 'boolean' },
  'no-sample': { type: 'boolean' },
  'check-config': { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export const HELP = `npm start -- [options] [files and folders to take in]

  --port N                 port of the console and the API (8080; 0 takes a free one)
  --data DIR               where everything is kept (./data)
  --host ADDRESS           address to listen at (127.0.0.1); others need --allow-remote
  --allow-remote           listen beyond this machine; needs TLS, --behind-proxy or --insecure-http
  --tls-cert F --tls-key F certificate and key (PEM)
  --behind-proxy           a proxy in front does TLS
  --insecure-http          no TLS at all: passwords can be read on the way
  --admin-password-file F  take the administrator's first password from this file
  --once                   take in the files, wait until all is done, exit
  --no-sample              make no sample on the first start
  --check-config           print the settings in force and exit`

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

type Env = Record<string, string | undefined>

/** Reads arguments and environment once; everything else receives plain values. Throws `invalid` with all problems in one message. */
export function loadConfig(args: readonly string[], env: Env): Config {
  const { values, positionals } = parse(args)
  if (values.help) throw new CapstanError('invalid', HELP)
  const base = env['INIT_CWD'] ?? process.cwd()
  const parsed = Settings.safeParse({
    port: values.port ?? env['CAPSTAN_PORT'],
    host: values.host ?? env['CAPSTAN_HOST'],
    data: values.data ?? env['CAPSTAN_DATA'],
    publicUrl: env['CAPSTAN_PUBLIC_URL'],
    backends: env['CAPSTAN_BACKENDS'],
    services: env['CAPSTAN_SERVICES'],
    logLevel: env['CAPSTAN_LOG_LEVEL'],
    allowRemote: values['allow-remote'],
    behindProxy: values['behind-proxy'],
    insecureHttp: values['insecure-http'],
    tlsCert: values['tls-cert'],
    tlsKey: values['tls-key'],
    adminPasswordFile: values['admin-password-file'],
    once: values.once,
    noSample: values['no-sample'],
    checkConfig: values['check-config'],
    crashPoints: env['CAPSTAN_TEST_CRASH_POINTS']?.split(','),
    lowWaterBytes: env['CAPSTAN_LOW_WATER_BYTES'],
    ffmpegPath: env['FFMPEG_PATH'] || null,
    stores: {
      mariadb: { ...storeOf(env, 'MARIADB'), replicaUrl: env['CAPSTAN_MARIADB_REPLICA_URL'] },
      mongodb: storeOf(env, 'MONGODB'),
      rabbitmq: storeOf(env, 'RABBITMQ'),
    },
    searchPath: env['PATH'],
  })
  if (!parsed.success) throw new CapstanError('invalid', `these settings are not valid:\n${z.prettifyError(parsed.error)}`)
  const settings = parsed.data
  const isLoopback = LOOPBACK.has(settings.host)
  // A proxy in front opens it to others, also when it is on the same machine.
  const isReachable = !isLoopback || settings.behindProxy
  const problems = problemsOf(settings, isLoopback)
  if (problems.length > 0) throw new CapstanError('invalid', problems.join('\n'))
  const fromCaller = (path: string) => (isAbsolute(path) ? path : resolve(base, path))
  return {
    ...settings,
    data: fromCaller(settings.data),
    ...(settings.adminPasswordFile ? { adminPasswordFile: fromCaller(settings.adminPasswordFile) } : {}),
    ...(settings.tlsCert ? { tlsCert: fromCaller(settings.tlsCert) } : {}),
    ...(settings.tlsKey ? { tlsKey: fromCaller(settings.tlsKey) } : {}),
    files: positionals.map(fromCaller),
    isReachable,
    requireTotp: isReachable,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // The first sentence says what is wrong; Node's advice after it is about other programs.
    throw new CapstanError('invalid', `${(error as Error).message.split('. ')[0]}. These are known:\n\n${HELP}`)
  }
}

const storeOf = (env: Env, store: string) => ({
  url: env[`CAPSTAN_${store}_URL`],
  passwordFile: env[`CAPSTAN_${store}_PASSWORD_FILE`],
  caFile: env[`CAPSTAN_${store}_CA_FILE`],
})

/** A password in an address would be shown wherever settings are. */
const holdsPassword = (url: string | undefined): boolean => /^[^/]*\/\/[^/@]*:[^/@]+@/.test(url ?? '')

function problemsOf(settings: z.infer<typeof Settings>, isLoopback: boolean): string[] {
  const problems: string[] = []
  if (settings.backends === 'cluster') problems.push('CAPSTAN_BACKENDS=cluster: this release runs on the embedded set only; leave it out')
  if (settings.services.length < SERVICES.length)
    problems.push('CAPSTAN_SERVICES: a part of the services can only run with the cluster set; leave it out')
  if (Boolean(settings.tlsCert) !== Boolean(settings.tlsKey)) problems.push('--tls-cert and --tls-key go together')
  const { mariadb, mongodb, rabbitmq } = settings.stores
  const urls = { MARIADB: mariadb.url, MARIADB_REPLICA: mariadb.replicaUrl, MONGODB: mongodb.url, RABBITMQ: rabbitmq.url }
  for (const [name, url] of Object.entries(urls)) {
    if (!holdsPassword(url)) continue
    const file = `CAPSTAN_${name.replace('_REPLICA', '')}_PASSWORD_FILE`
    problems.push(`CAPSTAN_${name}_URL holds a password: put it into a file and name that with ${file}`)
  }
  if (isLoopback) return problems
  if (!settings.allowRemote) problems.push(`--host ${settings.host} would open Capstan to the network: add --allow-remote if you mean it`)
  else if (!settings.tlsCert && !settings.behindProxy && !settings.insecureHttp)
    problems.push(
      'beyond this machine Capstan needs TLS: give --tls-cert and --tls-key, or --behind-proxy when a proxy does it, or --insecure-http to go without',
    )
  return problems
}
