import { useQuery } from '@tanstack/react-query'
import { z } from 'zod'
import type { RenditionView } from '@capstan/contract/assets'
import { parsePeaks, type Peaks } from '../../../lib/peaks.ts'
import { renditionFileUrl } from '../../../lib/urls.ts'

const PeaksFile = z.object({ file: z.string(), buckets: z.number(), samplesPerBucket: z.number() })
const Tracks = z.object({
  tracks: z.array(z.object({ track: z.number(), channels: z.number(), sampleRate: z.number(), detail: PeaksFile, overview: PeaksFile })),
})

export type WaveTrack = z.infer<typeof Tracks>['tracks'][number]

/** The audio tracks that a waveform rendition holds; none where its facts say nothing. */
export function waveTracks(rendition: RenditionView | null): WaveTrack[] {
  const parsed = Tracks.safeParse(rendition?.facts)
  return parsed.success ? parsed.data.tracks : []
}

/** Peaks of one track: the overview, or every detail where one looks closely. */
export const usePeaks = (renditionId: string | null, track: WaveTrack | undefined, close: boolean) =>
  useQuery({
    queryKey: ['peaks', renditionId, track?.track, close],
    queryFn: async ({ signal }): Promise<Peaks> => {
      const response = await fetch(renditionFileUrl(renditionId ?? '', close ? (track?.detail.file ?? '') : (track?.overview.file ?? '')), {
        signal,
      })
      if (!response.ok) throw new Error(`the waveform answered ${response.status}`)
      return parsePeaks(await response.arrayBuffer())
    },
    enabled: renditionId !== null && track !== undefined,
    staleTime: Infinity,
    structuralSharing: false,
  })
