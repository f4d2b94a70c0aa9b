import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { openPorts, type Ports } from '../compose.ts'
import type { Config } from '../config.ts'
import { CapstanError } from '../lib/errors.ts'
import { ControlSocket } from './control-socket.ts'
import type { DataFolder } from './data-folder.ts'
import type { PlatformDeps } from './deps.ts'
import { openFrontDoor } from './front-door.ts'
import { startHousekeeping } from './housekeeping.ts'
import { followSettings } from './live-settings.ts'
import { createServices, type Services } from './services.ts'

export type Platform = {
  url: string
  /** The way in, at the very first start only. */
  wayIn: { name: string; password: string } | null
  ports: Ports
  services: Services
  /** Lets requests end, hands leases back, closes the stores. */
  stop: () => Promise<void>
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const EVENTS_KEPT_MS = 400 * DAY_MS
const AUDIT_KEPT_MS = 3_650 * DAY_MS
const PRUNED_AT_ONCE = 5_000

/** Opens the ports, starts the services and the front door. */
export async function startPlatform(deps: PlatformDeps): Promise<Platform> {
  const { config, folder, logger } = deps
  const ports = await openPorts(config, folder)
  try {
    refuseLegacyTools(ports, config)
    const services = createServices(ports, { config, folder, logger, processors: availableParallelism() })
    await services.sealSecondFactors()
    const wayIn = await services.identity.ensureAdministrator(firstPassword(config))
    const control = new ControlSocket()
    const door = await openFrontDoor(ports, services, control, deps)
    await services.watchRoom()
    await services.start()
    await ports.relay.pump()
    const changed = () =>
      void services.settingsChanged().catch((error: unknown) => logger.error({ err: error }, 'the settings could not be applied'))
    const stopFollowing = followSettings({ settings: ports.settings, config, logger, changed })
    const stopHousekeeping = startHousekeeping(housekeeping(ports, services), (error, task) =>
      logger.error({ err: error, task }, 'housekeeping failed'),
    )
    const stop = async () => {
      stopFollowing()
      stopHousekeeping()
      services.stream.close()
      control.close()
      await door.close()
      await services.stop()
      await ports.relay.pump()
      await ports.close()
    }
    return { url: door.url, wayIn, ports, services, stop }
  } catch (error) {
    await ports.close()
    throw error
  }
}

/** The ffmpeg of 2018 has eight years of known faults: files from a network are not for it. */
function refuseLegacyTools({ mediaTools }: Ports, { isReachable }: Config): void {
  if (!isReachable || !mediaTools.capabilities.legacy) return
  throw new CapstanError(
    'unsupported',
    'the ffmpeg that came along is a build of 2018 and serves this machine only: install a current ffmpeg, or name one with FFMPEG_PATH, before you open Capstan to the network',
  )
}

function firstPassword({ adminPasswordFile }: Config): { password?: string } {
  if (!adminPasswordFile) return {}
  try {
    return { password: readFileSync(adminPasswordFile, 'utf8').replace(/\r?\n$/, '') }
  } catch (cause) {
    throw new CapstanError('invalid', `the file of --admin-password-file cannot be read: ${adminPasswordFile}`, { cause })
  }
}

/** Shown once on a terminal; otherwise kept in a file that only the owner reads. */
export function keepWayIn(folder: DataFolder, { password }: { password: string }): void {
  writeFileSync(folder.adminPassword, `${password}\n`, { mode: 0o600 })
  chmodSync(folder.adminPassword, 0o600)
}

const housekeeping = (ports: Ports, { identity, audit, jobs, workflows, watchRoom }: Services) => [
  { name: 'room in the storage', everyMs: 5_000, run: watchRoom },
  { name: 'relay of events', everyMs: 1_000, run: () => ports.relay.pump() },
  { name: 'expired sessions', everyMs: 5 * MINUTE_MS, run: () => identity.sweep() },
  { name: 'old idempotency keys', everyMs: 10 * MINUTE_MS, run: () => ports.idempotency.prune(ports.clock.now() - DAY_MS) },
  { name: 'old jobs', everyMs: 10 * MINUTE_MS, run: () => jobs.prune() },
  { name: 'old runs', everyMs: 10 * MINUTE_MS, run: () => workflows.prune() },
  { name: 'old events', everyMs: 10 * MINUTE_MS, run: () => ports.history.prune(ports.clock.now() - EVENTS_KEPT_MS, PRUNED_AT_ONCE) },
  { name: 'old audit entries', everyMs: 60 * MINUTE_MS, run: () => audit.prune(ports.clock.now() - AUDIT_KEPT_MS) },
]
