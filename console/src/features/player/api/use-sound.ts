import { useEffect, useMemo, useRef, useState } from 'react'
import { z } from 'zod'
import type { RenditionView } from '@capstan/contract/assets'
import { mixOf, OPEN, placeLanes, type Switch } from '../../../lib/sound-switches.ts'
import { useStore } from '../../../lib/store.ts'
import { renditionFileUrl } from '../../../lib/urls.ts'
import { AudioDesk } from './audio-desk.ts'
import type { Transport } from './transport.ts'

const Sound = z.object({
  audio: z
    .object({ monitor: z.string(), tracks: z.array(z.object({ file: z.string(), label: z.string(), language: z.string().nullable() })) })
    .nullable(),
})

export type StereoFile = { url: string; label: string }

/** The stereo files beside a proxy: pairs of channels, languages. */
export function stereoFiles(proxy: RenditionView | null): StereoFile[] {
  const parsed = Sound.safeParse(proxy?.facts)
  return parsed.success && proxy
    ? (parsed.data.audio?.tracks ?? []).map(({ file, label }) => ({ url: renditionFileUrl(proxy.id, file), label }))
    : []
}

/** Solo and mute of every lane, and what is heard. */
export function useSound(transport: Transport, lanes: number, files: readonly StereoFile[]) {
  const [switches, setSwitches] = useState<readonly Switch[]>(() => Array.from({ length: lanes }, () => OPEN))
  const [desk, setDesk] = useState<AudioDesk | null>(null)
  const made = useRef<AudioDesk | null>(null)
  const urls = files.map(({ url }) => url).join('\n')
  const places = useMemo(() => placeLanes(lanes, files.length), [lanes, files.length])
  const playing = useStore(transport.state, (state) => state.speed > 0)
  useEffect(() => {
    if (!playing || lanes === 0 || !transport.media) return
    if (!made.current) {
      made.current = new AudioDesk(transport.media, urls ? urls.split('\n') : [])
      setDesk(made.current)
    }
    made.current.resume()
  }, [playing, lanes, transport, urls])
  useEffect(() => desk?.apply(mixOf(switches, places, files.length + 1)), [desk, switches, places, files.length])
  useEffect(
    () => () => {
      made.current?.close()
      made.current = null
    },
    [],
  )
  const flip = (lane: number, what: 'mute' | 'solo') =>
    setSwitches((all) => all.map((now, i) => (i === lane ? { ...now, [what]: !now[what] } : now)))
  return { desk, switches: places ? switches : NONE, flip }
}

const NONE: readonly Switch[] = []
