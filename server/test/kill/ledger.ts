import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

type Row = Record<string, unknown>
type StoredFile = { path: string; sizeBytes: number; sha256: string }

const ENDED_JOBS = new Set(['completed', 'failed', 'timed_out', 'cancelled'])

/** The books of a data folder that no process holds any more, read straight from its files. */
export class Ledger {
  readonly #data: string

  constructor(data: string) {
    this.#data = data
  }

  rows(sql: string): Row[] {
    const database = new DatabaseSync(join(this.#data, 'capstan.db'), { readOnly: true })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }

  /** How much is not at its end yet. */
  open(): { arrivals: number; runs: number } {
    const count = (sql: string) => Number(this.rows(sql)[0]?.['n'])
    return {
      arrivals: count(`select count(*) as n from transfer_arrival where state not in ('taken', 'refused')`),
      runs: count(`select count(*) as n from workflows_run where status = 'running'`),
    }
  }

  /** Everything that should not be so, in words; empty is what the tests want. */
  faults(names: readonly string[]): string[] {
    return [
      ...this.#arrivalFaults(names),
      ...this.#runFaults(),
      ...this.#renditionFaults(),
      ...this.#originalFaults(),
      ...this.#eventFaults(),
      ...this.#leftovers(),
      ...this.#databaseFaults(),
    ]
  }

  #arrivalFaults(names: readonly string[]): string[] {
    const found = this.rows('select original_name as name from assets_asset order by 1').map(({ name }) => String(name))
    const wanted = [...names].sort()
    const faults =
      JSON.stringify(found.sort()) === JSON.stringify(wanted) ? [] : [`assets are ${found.join(', ')} instead of ${wanted.join(', ')}`]
    const untaken = this.rows(`select name, state, reason from transfer_arrival where state != 'taken'`)
    return [...faults, ...untaken.map(({ name, state, reason }) => `arrival ${String(name)} is ${String(state)}: ${String(reason)}`)]
  }

  #runFaults(): string[] {
    const runs = this.rows(
      'select r.asset_id as asset, r.status, r.reason, r.warnings, a.original_name as name from workflows_run r left join assets_asset a on a.id = r.asset_id',
    )
    const perAsset = Map.groupBy(runs, ({ asset }) => asset)
    const jobs = this.rows('select job_key as key, state, fault from jobs_job').filter(
      ({ state }) => !ENDED_JOBS.has(String(state)) || state !== 'completed',
    )
    return [
      ...[...perAsset].filter(([, all]) => all.length !== 1).map(([asset, all]) => `asset ${String(asset)} has ${all.length} runs`),
      ...runs
        .filter(({ status, warnings }) => status !== 'completed' || warnings !== '[]')
        .map(
          ({ name, status, reason, warnings }) => `the run of ${String(name)} is ${String(status)}: ${String(reason)} ${String(warnings)}`,
        ),
      ...jobs.map(({ key, state, fault }) => `job ${String(key)} is ${String(state)}: ${String(fault)}`),
      ...this.rows('select job_key as key, count(*) as n from jobs_job group by job_key having n > 1').map(
        ({ key }) => `job ${String(key)} is there twice`,
      ),
      ...this.rows('select * from workflows_command').map(() => 'a command was never carried out'),
    ]
  }

  #renditionFaults(): string[] {
    const rows = this.rows('select asset_id, kind, name, folder, files, size_bytes from assets_rendition')
    const twice = [...Map.groupBy(rows, ({ asset_id, name }) => `${String(asset_id)}/${String(name)}`)]
      .filter(([, all]) => all.length > 1)
      .map(([key]) => `rendition ${key} is there twice`)
    const broken = rows.flatMap(({ folder, files }) =>
      (JSON.parse(String(files)) as StoredFile[]).flatMap((file) => this.#fileFault(join(String(folder), file.path), file)),
    )
    const lacking = this.rows(`select id, original_name as name, kind from assets_asset`).flatMap(({ id, name, kind }) => {
      const made = new Set(rows.filter(({ asset_id }) => asset_id === id).map((row) => String(row['kind'])))
      return (WANTED[String(kind)] ?? []).filter((wanted) => !made.has(wanted)).map((wanted) => `${String(name)} lacks its ${wanted}`)
    })
    return [...twice, ...broken, ...lacking]
  }

  #fileFault(path: string, { sizeBytes, sha256 }: { sizeBytes: number; sha256: string | null }): string[] {
    const absolute = join(this.#data, 'blobs', path)
    if (!existsSync(absolute)) return [`${path} is missing`]
    const bytes = readFileSync(absolute)
    if (bytes.length !== sizeBytes) return [`${path} has ${bytes.length} bytes instead of ${sizeBytes}`]
    return sha256 !== null && createHash('sha256').update(bytes).digest('hex') !== sha256 ? [`${path} differs from its row`] : []
  }

  #originalFaults(): string[] {
    const files = this.rows(`select path, size_bytes, sha256, location from assets_file where location = 'managed'`)
    return files.flatMap(({ path, size_bytes, sha256 }) =>
      sha256 === null
        ? [`${String(path)} has no checksum`]
        : this.#fileFault(String(path), { sizeBytes: Number(size_bytes), sha256: sha256 as string }),
    )
  }

  #eventFaults(): string[] {
    const events = this.rows('select sequence, event_id, name, job_id, run_id, asset_id from events_history order by sequence')
    const once = (name: string, key: 'job_id' | 'run_id' | 'asset_id', things: readonly unknown[]): string[] => {
      const told = Map.groupBy(
        events.filter((event) => event['name'] === name),
        (event) => event[key],
      )
      return things
        .filter((id) => told.get(id)?.length !== 1)
        .map((id) => `${name} of ${String(id)} was told ${told.get(id)?.length ?? 0} times`)
    }
    const ids = new Set(events.map(({ event_id }) => event_id))
    const outboxes = ['assets', 'jobs', 'workflows', 'transfer'].flatMap((service) =>
      this.rows(`select event_id from ${service}_outbox`).map(() => `an event of ${service} was never told`),
    )
    return [
      ...(ids.size === events.length ? [] : ['an event was told twice']),
      ...once(
        'job.completed',
        'job_id',
        this.rows('select id from jobs_job').map(({ id }) => id),
      ),
      ...once(
        'job.created',
        'job_id',
        this.rows('select id from jobs_job').map(({ id }) => id),
      ),
      ...once(
        'run.completed',
        'run_id',
        this.rows('select id from workflows_run').map(({ id }) => id),
      ),
      ...once(
        'asset.created',
        'asset_id',
        this.rows('select id from assets_asset').map(({ id }) => id),
      ),
      ...once(
        'arrival.completed',
        'asset_id',
        this.rows('select id from assets_asset').map(({ id }) => id),
      ),
      ...this.rows('select * from events_dead_letter').map(
        ({ consumer, reason }) => `${String(consumer)} gave up on an event: ${String(reason)}`,
      ),
      ...outboxes,
    ]
  }

  /** Files that nobody refers to, anywhere in the data folder but in the storage: that is for fsck. */
  #leftovers(): string[] {
    const known = new Set<string>()
    for (const { at } of this.rows('select published_to as at from assets_asset where published_to is not null'))
      for (const path of filesBelow(this.#data, `published/${basename(String(at))}`)) known.add(path)
    const inside = ['uploads', 'tmp', 'published', 'run/media'].flatMap((folder) => filesBelow(this.#data, folder))
    return inside.filter((path) => !known.has(path) && !CACHED.test(path)).map((path) => `${path} was left over`)
  }

  #databaseFaults(): string[] {
    const [check] = this.rows('pragma integrity_check')
    return check?.['integrity_check'] === 'ok' ? [] : [`the database is damaged: ${JSON.stringify(check)}`]
  }
}

/** What the media tools can do is remembered from start to start. */
const CACHED = /^run\/media\/ffmpeg-capabilities-\d+\.json$/

const WANTED: Record<string, string[]> = {
  video: ['proxy', 'hls', 'poster', 'keyframes', 'thumbnails', 'waveform'],
  audio: ['proxy', 'hls', 'waveform'],
  image: ['image'],
  document: ['text'],
  unknown: ['a kind'],
}

function filesBelow(root: string, folder: string): string[] {
  const absolute = join(root, folder)
  if (!existsSync(absolute)) return []
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

/** Media tools at work for a data folder, by what they run and where: nobody may outlive the platform. */
export function toolsOf(data: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const cwd = readlinkSync(`/proc/${pid}/cwd`)
        const mounts = /ffmpeg|ffprobe|unshare|bwrap|decoder/.test(command) ? readFileSync(`/proc/${pid}/mountinfo`, 'utf8') : ''
        const isOurs = command.includes(data) || cwd.startsWith(data) || mounts.includes(data)
        const isTool = /ffmpeg|ffprobe|unshare|bwrap|decoder/.test(command)
        return isOurs && isTool && statSync(`/proc/${pid}`).isDirectory() ? [`${pid}: ${command}`] : []
      } catch {
        return []
      }
    })
}
