import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BootFailure } from './failure.mjs'

const HEARTBEAT_MS = 2_000
const SILENT_MS_MAX = 30_000
const BREAKING_MS_MAX = 5_000
const WAIT_MS_MAX = 30 * 60_000

/** Where process ids mean something: this boot of this machine, this pid namespace. Elsewhere the heartbeat alone tells. */
function pidSpace() {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return process.platform
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown.code === 'EPERM'
  }
}

/** Pure: may this lock be broken? All that held it died, or (held elsewhere) it was silent for longer than a heartbeat can be late. */
export function isAbandoned({ text, ageMs, space, alive }) {
  const [itsSpace, ...pids] = text.trim().split(' ')
  if (itsSpace === space && pids.length > 0) return !pids.some((pid) => alive(Number(pid)))
  return ageMs > SILENT_MS_MAX
}

function create(path, text) {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, text)
    closeSync(file)
    return true
  } catch (thrown) {
    if (thrown.code === 'EEXIST') return false
    throw thrown
  }
}

function look(path) {
  try {
    return { text: readFileSync(path, 'utf8'), ageMs: Date.now() - statSync(path).mtimeMs }
  } catch (thrown) {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  }
}

/** Removes an abandoned lock. Only one process breaks at a time, else two could each remove the other's fresh lock. */
function breakIfAbandoned(path, space) {
  const breaking = `${path}.breaking`
  const abandoned = () => {
    const seen = look(path)
    return seen !== null && isAbandoned({ ...seen, space, alive: isAlive })
  }
  if (!abandoned()) return
  if (!create(breaking, '')) {
    if ((look(breaking)?.ageMs ?? 0) > BREAKING_MS_MAX) rmSync(breaking, { force: true })
    return
  }
  try {
    if (abandoned()) rmSync(path, { force: true })
  } finally {
    rmSync(breaking, { force: true })
  }
}

/**
 * Runs `work(holdFor)` while no other process that names the same `path` does; `onWait` is called once when it has to wait. `holdFor(pid)` keeps
 * the lock for a child that may outlive us.
 */
export async function withLock(path, work, onWait = () => {}) {
  const space = pidSpace()
  mkdirSync(dirname(path), { recursive: true })
  const deadlineMs = Date.now() + WAIT_MS_MAX
  for (let waited = false; !create(path, `${space} ${process.pid}`);) {
    breakIfAbandoned(path, space)
    if (!waited) onWait()
    waited = true
    if (Date.now() > deadlineMs)
      throw new BootFailure(`another start has been at work for 30 minutes. End it, or remove ${path}, and start again.`)
    await sleep(200)
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS)
  try {
    return await work((pid) => appendFileSync(path, ` ${pid}`))
  } finally {
    clearInterval(heartbeat)
    rmSync(path, { force: true })
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // a full or vanished folder: the work itself will say so
  }
}
