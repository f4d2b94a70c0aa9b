import { useQuery } from '@tanstack/react-query'
import { cueAt, parseThumbnails, type ThumbnailCue } from '../lib/vtt.ts'
import { renditionFileUrl, renditionUrl } from '../lib/urls.ts'

/** The scrubbing pictures of an asset; read once, when they are first wanted. */
export function useThumbnails(renditionId: string | null, wanted: boolean): readonly ThumbnailCue[] {
  const { data } = useQuery({
    queryKey: ['thumbnails', renditionId],
    queryFn: async ({ signal }) => {
      const response = await fetch(renditionUrl(renditionId ?? ''), { signal })
      if (!response.ok) throw new Error(`the pictures answered ${response.status}`)
      return parseThumbnails(await response.text())
    },
    enabled: wanted && renditionId !== null,
    staleTime: Infinity,
  })
  return data ?? []
}

/** The picture for a moment, whole, as large as fits into `width` × `height` pixels. */
export function ScrubPicture({
  renditionId,
  cues,
  time,
  width,
  height,
}: {
  renditionId: string
  cues: readonly ThumbnailCue[]
  time: number
  width: number
  height: number
}) {
  const cue = cueAt(cues, time)
  if (!cue) return null
  const scale = Math.min(width / cue.width, height / cue.height)
  return (
    <div
      className="pic-scrub"
      style={{
        width: cue.width,
        height: cue.height,
        backgroundImage: `url("${renditionFileUrl(renditionId, cue.sheet)}")`,
        backgroundPosition: `-${cue.x}px -${cue.y}px`,
        transform: `translate(-50%, -50%) scale(${scale})`,
      }}
    />
  )
}
