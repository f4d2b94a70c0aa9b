import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { Platform } from '../platform.ts'
import type { Item } from './material.ts'

type Progress = { item: Item; isDone: boolean; location: string | null }

/** Requests that an upload takes, so that a kill often falls between two. */
const PARTS = 3

/** A person with twelve files who does not give up: whatever was not answered is asked again, under the same key. */
export class StubbornClient {
  readonly #folder: string
  readonly #hot: string
  readonly #progress: Progress[]
  readonly #workflow: string
  lastError: unknown = null

  /** `workflow` goes with uploads and local files; a hot folder has its own. */
  constructor(folder: string, hot: string, items: readonly Item[], workflow = 'ingest') {
    this.#workflow = workflow
    this.#folder = folder
    this.#hot = hot
    this.#progress = items.map((item) => ({ item, isDone: false, location: null }))
    mkdirSync(hot, { recursive: true })
  }

  get isDone(): boolean {
    return this.#progress.every(({ isDone }) => isDone)
  }

  /** Brings what is not there yet, the first `count` files only; a killed platform is no surprise. */
  async bring(platform: Platform, count: number): Promise<void> {
    for (const progress of this.#progress.slice(0, count)) {
      if (progress.isDone) continue
      try {
        await this.#bringOne(platform, progress)
        progress.isDone = true
      } catch (error) {
        // Killed in the middle: the next life gets it again.
        this.lastError = error
      }
    }
  }

  async #bringOne(platform: Platform, progress: Progress): Promise<void> {
    const { item } = progress
    if (item.by === 'upload') return this.#upload(platform, progress)
    if (item.by === 'hot_folder') {
      writeFileSync(join(this.#hot, `${item.name}.part`), item.bytes)
      renameSync(join(this.#hot, `${item.name}.part`), join(this.#hot, item.name))
      return
    }
    const { items } = await platform.call(api.ingests.create, {
      body: { paths: [join(this.#folder, item.name)], workflow: this.#workflow },
      idempotencyKey: `bring-${encodeURIComponent(item.name)}`,
    })
    if (items[0]?.error) throw new Error(items[0].error)
  }

  async #upload(platform: Platform, progress: Progress): Promise<void> {
    const { item } = progress
    progress.location ??= await this.#createOnce(platform, item)
    for (;;) {
      const path = new URL(progress.location, platform.url).pathname
      const head = await platform.fetch(path, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })
      if (!head.ok) throw new Error(`HEAD answered ${head.status}`)
      const offset = Number(head.headers.get('upload-offset'))
      if (offset === item.bytes.length) return
      const answer = await platform.fetch(path, {
        method: 'PATCH',
        headers: { 'tus-resumable': '1.0.0', 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        body: item.bytes.subarray(offset, offset + Math.ceil(item.bytes.length / PARTS)) as Uint8Array<ArrayBuffer>,
      })
      if (!answer.ok) throw new Error(`PATCH answered ${answer.status}`)
    }
  }

  /** When the answer to a creation was lost, the list of unfinished uploads knows it. */
  async #createOnce(platform: Platform, item: Item): Promise<string> {
    const known = (await platform.call(api.uploads.list, {})).items.find(({ name }) => name === item.name)
    if (known) return known.url
    const answer = await platform.createUpload(item.name, item.bytes.length, this.#workflow)
    const location = answer.headers.get('location')
    if (!location) throw new Error(`creating answered ${answer.status}`)
    return location
  }
}
