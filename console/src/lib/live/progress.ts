import { z } from 'zod'
import { createStore, useStore } from '../store.ts'

const Progress = z.object({
  jobId: z.string(),
  runId: z.string().nullable().optional(),
  assetId: z.string().nullable().optional(),
  percent: z.number().nullable(),
})

type Figures = { jobs: ReadonlyMap<string, number>; assets: ReadonlyMap<string, number> }

/** Progress is transient: it lives beside the caches, so that a figure renders one bar and not a list. */
const figures = createStore<Figures>({ jobs: new Map(), assets: new Map() })

export function applyProgress(value: unknown): void {
  const { success, data } = Progress.safeParse(value)
  if (!success || data.percent === null) return
  const { jobs, assets } = figures.get()
  const nextJobs = new Map(jobs).set(data.jobId, data.percent)
  const nextAssets = data.assetId ? new Map(assets).set(data.assetId, data.percent) : assets
  figures.set({ jobs: nextJobs, assets: nextAssets })
}

/** Forgets the figures of a job that ended. */
export function dropProgress(jobId: string | null, assetId: string | null): void {
  const { jobs, assets } = figures.get()
  const nextJobs = new Map(jobs)
  const nextAssets = new Map(assets)
  if (jobId) nextJobs.delete(jobId)
  if (assetId) nextAssets.delete(assetId)
  figures.set({ jobs: nextJobs, assets: nextAssets })
}

export const useJobProgress = (jobId: string | null): number | null =>
  useStore(figures, ({ jobs }) => (jobId ? (jobs.get(jobId) ?? null) : null))
export const useAssetProgress = (assetId: string): number | null => useStore(figures, ({ assets }) => assets.get(assetId) ?? null)
