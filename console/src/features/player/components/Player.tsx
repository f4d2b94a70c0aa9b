import { useState, type MouseEvent } from 'react'
import { useFullscreenElement } from '@mantine/hooks'
import type { AssetView, RenditionView, SubClipView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { tellError } from '../../../components/problem.ts'
import { useKeys } from '../../../lib/keys.ts'
import { useStored } from '../../../lib/stored.ts'
import { renditionUrl } from '../../../lib/urls.ts'
import type { Film } from '../api/backwards.ts'
import { nextMarked, useAddMarker, useMarkers, useMayChange, useRewordMarker } from '../api/markers.ts'
import type { Transport } from '../api/transport.ts'
import { useShuttleKeys } from '../api/use-shuttle-keys.ts'
import { captionFiles } from '../api/use-player.ts'
import { stereoFiles, useSound } from '../api/use-sound.ts'
import { waveTracks } from '../api/waveform.ts'
import { Controls } from './Controls.tsx'
import { LaneNames, lanesOf, LaneWaves } from './Lanes.tsx'
import { Levels } from './Levels.tsx'
import { MarkDraft } from './MarkDraft.tsx'
import { Screen } from './Screen.tsx'
import { Timeline } from './Timeline.tsx'
import './player.css'

type Props = {
  transport: Transport
  asset: AssetView
  proxy: RenditionView | null
  hls: RenditionView | null
  waveform: RenditionView | null
  clips: readonly SubClipView[]
  onSaveClip: (() => void) | null
  onStill: ((frame: number) => void) | null
}

const filmOf = (proxy: RenditionView | null): Film | null => {
  const main = proxy?.files.find(({ path }) => path === proxy.mainFile)
  return proxy && main ? { url: renditionUrl(proxy.id), sizeBytes: main.sizeBytes } : null
}

/** A click on a button leaves the keyboard to the film: Space plays, and does not press the button again. */
const keepKeys = (event: MouseEvent) => {
  if (event.target instanceof Element && event.target.closest('button')) event.preventDefault()
}

/** Our player: exact to the frame, all keys, sound by channel. */
export function Player({ transport, asset, proxy, hls, waveform, clips, onSaveClip, onStill }: Props) {
  const { t } = useTranslation()
  const { ref: full, toggle: toggleFull, fullscreen: isFull } = useFullscreenElement<HTMLElement>()
  const [source, setSource] = useStored<'proxy' | 'hls'>('player.source', 'proxy')
  const [safe, setSafe] = useStored('player.safe', false)
  const [caption, setCaption] = useState(-1)
  const [typing, setTyping] = useState(false)
  const markers = useMarkers(asset.id)
  const addMarker = useAddMarker(asset.id)
  const reword = useRewordMarker(asset.id)
  const mayChange = useMayChange()
  const [draft, setDraft] = useState<number | null>(null)
  const used = (source === 'hls' ? hls : proxy) ?? proxy ?? hls
  const video = asset.technical?.video.find(({ attachedPicture }) => !attachedPicture)
  const captions = captionFiles(asset.renditions)
  const files = stereoFiles(proxy)
  const lanes = lanesOf(waveTracks(waveform), files)
  const { desk, switches, flip } = useSound(transport, lanes.length, files)

  const onStillNow = onStill && asset.kind === 'video' ? () => onStill(transport.state.get().frame) : null
  const goTo = (frame: number | null) => {
    if (frame === null) return
    transport.stop()
    transport.seek(frame)
  }
  const now = () => transport.state.get()
  const keepMark = (index: number, text: string) => {
    const known = markers.find((marker) => marker.index === index && mayChange(marker))
    if (known) reword.mutate({ marker: known, text }, { onError: tellError })
    else addMarker.mutate({ index, text }, { onError: tellError })
  }
  /** While it plays, only a marker; where it stands, its words are asked for. */
  const mark = () =>
    now().speed === 0 ? setDraft(now().frame) : addMarker.mutate({ index: now().frame, text: '' }, { onError: tellError })
  useShuttleKeys(transport)
  useKeys({
    space: () => transport.toggle(),
    ArrowLeft: () => transport.step(-1),
    ArrowRight: () => transport.step(1),
    'shift+ArrowLeft': () => transport.step(-10),
    'shift+ArrowRight': () => transport.step(10),
    Home: () => goTo(0),
    End: () => goTo(transport.clock.frames - 1),
    i: () => transport.setIn(),
    o: () => transport.setOut(),
    'shift+i': () => goTo(now().inFrame),
    'shift+o': () => goTo(now().outFrame),
    'alt+x': () => {
      transport.setIn(null)
      transport.setOut(null)
    },
    s: () => onSaveClip?.(),
    g: () => setTyping(true),
    m: mark,
    '[': () => goTo(nextMarked(markers, now().frame, -1)),
    ']': () => goTo(nextMarked(markers, now().frame, 1)),
    u: () => transport.setVolume(now().volume || 1, !now().muted),
    f: () => void toggleFull(),
    a: () => setSafe(!safe),
    p: () => onStillNow?.(),
    c: () => setCaption(caption + 1 < captions.length ? caption + 1 : -1),
  })
  if (!used) return null
  return (
    <section className="player" ref={full} aria-label={t('player.region')} onMouseDown={keepKeys}>
      <Screen
        transport={transport}
        rendition={used}
        source={used.kind === 'hls' ? 'hls' : 'proxy'}
        film={filmOf(proxy)}
        posterId={asset.posterId}
        aspect={video ? video.displayWidth / video.displayHeight : null}
        safe={safe}
        captions={captions}
        caption={caption}
      >
        {draft !== null && (
          <MarkDraft
            key={draft}
            at={transport.clock.label(draft)}
            text={markers.find((marker) => marker.index === draft && mayChange(marker))?.text ?? ''}
            onSave={(text) => keepMark(draft, text)}
            onClose={() => setDraft(null)}
          />
        )}
      </Screen>
      <Controls
        transport={transport}
        typing={typing}
        onTyping={setTyping}
        safe={safe}
        onSafe={() => setSafe(!safe)}
        isFull={isFull}
        onFull={() => void toggleFull()}
        onStill={onStillNow}
        onMark={mark}
        source={used.kind === 'hls' ? 'hls' : 'proxy'}
        sources={[...(proxy ? (['proxy'] as const) : []), ...(hls ? (['hls'] as const) : [])]}
        onSource={setSource}
        captions={captions.map(({ label }) => label)}
        caption={caption}
        onCaption={setCaption}
        levels={lanes.length > 0 ? <Levels desk={desk} /> : null}
        hasPicture={Boolean(video)}
      />
      <Timeline
        transport={transport}
        thumbnailsId={asset.thumbnailsId}
        clips={clips}
        markers={markers}
        names={<LaneNames lanes={lanes} hasPicture={Boolean(video)} switches={switches} onSwitch={flip} />}
        lanes={(view, width) =>
          waveform && (
            <LaneWaves
              lanes={lanes}
              hasPicture={Boolean(video)}
              switches={switches}
              renditionId={waveform.id}
              view={view}
              rate={transport.clock.rate}
              frames={transport.clock.frames}
              width={width}
            />
          )
        }
      />
    </section>
  )
}
