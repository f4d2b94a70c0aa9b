import { describe, expect, it } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidFrom, uuidv7 } from '../../../lib/ids.ts'
import type { Asset } from '../domain/asset.ts'
import type { Rendition } from '../domain/file.ts'
import type { AssetStore } from './asset-store.ts'
import { sampleAsset } from './asset-store.contract.ts'
import type { RenditionStore } from './rendition-store.ts'

const NOW = Date.UTC(2026, 0, 1)

const renditionOf = (asset: Asset, change: Partial<Rendition> = {}): Rendition => ({
  accountId: 1,
  id: uuidFrom(`${asset.id}/${change.jobKey ?? 'job'}/${change.name ?? 'proxy'}`),
  assetId: asset.id,
  kind: 'proxy',
  name: 'proxy',
  files: [{ path: 'proxy.mp4', mediaType: 'video/mp4', sizeBytes: 7, sha256: 'a'.repeat(64) }],
  mainFile: 'proxy.mp4',
  mediaType: 'video/mp4',
  sizeBytes: 7,
  facts: { frames: 500 },
  jobId: uuidv7(NOW),
  jobKey: 'job',
  settings: { command: ['ffmpeg', '-i'] },
  folder: `1/${asset.id}/r`,
  createdAtMs: NOW,
  ...change,
})

const next = (asset: Asset, steps = 1): Asset => ({ ...asset, revision: asset.revision + steps })

const event = (asset: Asset) =>
  newEvent('rendition.created', NOW, {
    accountId: 1,
    actor: { kind: 'job', id: 'j', name: 'proxy' },
    subject: { kind: 'rendition', id: asset.id, number: null, name: 'proxy' },
  })

export function renditionStoreContract(
  adapter: string,
  open: () => Promise<{ assets: AssetStore; renditions: RenditionStore; events: () => Promise<string[]> }>,
): void {
  describe(`${adapter} is a RenditionStore`, () => {
    const withAsset = async () => {
      const opened = await open()
      const asset = sampleAsset(1)
      await opened.assets.register(asset, null, [])
      return { ...opened, asset }
    }

    it('attaches a rendition and saves its asset in one unit', async () => {
      const { assets, renditions, events, asset } = await withAsset()
      const rendition = renditionOf(asset)
      const { replaced } = await renditions.attach(rendition, next(asset), asset.revision, [event(asset)])
      expect(replaced).toEqual([])
      expect(await renditions.findRendition(1, rendition.id)).toEqual(rendition)
      expect(await renditions.findRendition(2, rendition.id)).toBeNull()
      expect((await assets.find(1, 1))?.revision).toBe(2)
      expect(await events()).toEqual(['rendition.created'])
    })

    it('adds nothing when the same job attaches the same name again', async () => {
      const { assets, renditions, events, asset } = await withAsset()
      const rendition = renditionOf(asset)
      await renditions.attach(rendition, next(asset), asset.revision, [event(asset)])
      const again = await renditions.attach(renditionOf(asset, { facts: {} }), next(asset, 2), asset.revision + 1, [event(asset)])
      expect(again.rendition).toEqual(rendition)
      expect((await assets.find(1, 1))?.revision).toBe(2)
      expect(await events()).toHaveLength(1)
    })

    it('replaces the rendition of another job and answers the old one', async () => {
      const { renditions, asset } = await withAsset()
      const old = renditionOf(asset)
      await renditions.attach(old, next(asset), asset.revision, [])
      const fresh = renditionOf(asset, { jobKey: 'second' })
      const { replaced } = await renditions.attach(fresh, next(asset, 2), asset.revision + 1, [])
      expect(replaced).toEqual([old])
      expect(await renditions.renditionsOf(1, asset.id)).toEqual([fresh])
    })

    it('attaches nothing when the asset was changed meanwhile', async () => {
      const { renditions, events, asset } = await withAsset()
      const attached = renditions.attach(renditionOf(asset), next(asset), asset.revision + 5, [event(asset)])
      await expect(attached).rejects.toMatchObject({ code: 'stale' })
      expect(await renditions.renditionsOf(1, asset.id)).toEqual([])
      expect(await events()).toEqual([])
    })

    it('pages by kind', async () => {
      const { renditions, asset } = await withAsset()
      for (let index = 0; index < 5; index++) {
        const rendition = renditionOf(asset, { name: `image-${index}`, jobKey: `j${index}`, kind: index < 4 ? 'image' : 'proxy' })
        await renditions.attach(rendition, next(asset, index + 1), asset.revision + index, [])
      }
      const first = await renditions.listRenditions(1, { limit: 3, cursor: null, kind: 'image' })
      const second = await renditions.listRenditions(1, { limit: 3, cursor: first.nextCursor, kind: 'image' })
      expect([...first.items, ...second.items].map(({ name }) => name).sort()).toEqual(['image-0', 'image-1', 'image-2', 'image-3'])
      expect(second.nextCursor).toBeNull()
    })

    it('detaches all renditions of an asset', async () => {
      const { renditions, asset } = await withAsset()
      const rendition = renditionOf(asset)
      await renditions.attach(rendition, next(asset), asset.revision, [])
      expect(await renditions.detachAll(1, asset.id)).toEqual([rendition])
      expect(await renditions.renditionsOf(1, asset.id)).toEqual([])
    })
  })
}
