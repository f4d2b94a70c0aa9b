import { useEffect, useState, type PointerEvent, type ReactNode } from 'react'
import type { MarkerView, SubClipView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { ScrubPicture, useThumbnails } from '../../../components/Scrub.tsx'
import { useStore } from '../../../lib/store.ts'
import { follow, frameOf, panBy, ticks, within, xOf, zoomAt, type View } from '../../../lib/timeline.ts'
import { useSize } from '../../../lib/use-size.ts'
import type { Transport } from '../api/transport.ts'

type Props = {
  transport: Transport
  thumbnailsId: string | null
  clips: readonly SubClipView[]
  markers: readonly MarkerView[]
  names: ReactNode
  lanes: (view: View, width: number) => ReactNode
}

const CARD = { width: 176, height: 99 }

/** The whole film or a stretch of it: ruler, sound, in and out, marks. Dragging scrubs, ctrl and the wheel zoom. */
export function Timeline({ transport, thumbnailsId, clips, markers, names, lanes }: Props) {
  const { t } = useTranslation()
  const { clock } = transport
  const { frames } = clock
  const { ref, element: track, width } = useSize()
  const [asked, setAsked] = useState<View>({ from: 0, to: Infinity })
  const [hover, setHover] = useState<number | null>(null)
  const cues = useThumbnails(thumbnailsId, hover !== null)
  const frame = useStore(transport.state, (state) => state.frame)
  const inFrame = useStore(transport.state, (state) => state.inFrame)
  const outFrame = useStore(transport.state, (state) => state.outFrame)
  const moving = useStore(transport.state, (state) => state.speed !== 0)
  const whole = within({ from: asked.from, to: Math.min(asked.to, frames) }, frames)
  const view = moving ? follow(whole, frame, frames) : whole
  if (moving && view !== whole && view.from !== asked.from) setAsked(view)
  const x = (at: number) => xOf(at, view, width)

  const frameUnder = (event: { clientX: number }): number =>
    frameOf(event.clientX - (track.current?.getBoundingClientRect().left ?? 0), view, width, frames)
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    transport.stop()
    transport.seek(frameUnder(event))
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const under = frameUnder(event)
    setHover(under)
    if (event.buttons === 1) transport.seek(under)
  }
  useEffect(() => {
    const element = track.current
    if (!element) return
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const at = frameOf(event.clientX - element.getBoundingClientRect().left, view, width, frames)
      const zooms = event.ctrlKey || event.metaKey || Math.abs(event.deltaY) > Math.abs(event.deltaX)
      setAsked(
        zooms
          ? zoomAt(view, at, Math.exp(event.deltaY / 300), frames)
          : panBy(view, (event.deltaX / width) * (view.to - view.from), frames),
      )
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [track, view, width, frames])

  const perSecond = clock.rate.num / clock.rate.den
  const hasRegion = inFrame !== null || outFrame !== null
  return (
    <div className="timeline">
      <div className="lane-names">{names}</div>
      <div
        ref={ref}
        className="track"
        role="slider"
        tabIndex={0}
        aria-label={t('player.timeline')}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, frames - 1)}
        aria-valuenow={frame}
        aria-valuetext={clock.label(frame)}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHover(null)}
        onDoubleClick={() => setAsked({ from: 0, to: Infinity })}
      >
        <div className="ruler" aria-hidden>
          {width > 0 &&
            ticks(view, width, clock.labels === 'time' ? perSecond : Math.round(perSecond)).map((tick) => (
              <span key={tick} style={{ left: x(tick) }}>
                {clock.label(tick)}
              </span>
            ))}
        </div>
        {lanes(view, width)}
        {clips.map((clip) => (
          <i
            key={clip.id}
            className="clip-bar"
            title={clip.name}
            style={{ left: x(clip.inIndex), width: Math.max(2, x(clip.outIndex) - x(clip.inIndex)) }}
          />
        ))}
        {hasRegion && (
          <i className="region" style={{ left: x(inFrame ?? 0), width: Math.max(1, x((outFrame ?? frames - 1) + 1) - x(inFrame ?? 0)) }} />
        )}
        {markers.map(({ id, index, text, createdBy }) => (
          <i key={id} className="mark-pin" style={{ left: x(index) }} title={text ? `${text} (${createdBy})` : createdBy} />
        ))}
        {hover !== null && <i className="hover-line" style={{ left: x(hover) }} />}
        <i className="playhead" style={{ transform: `translateX(${x(frame)}px)` }} />
      </div>
      {hover !== null && (
        <div
          className="scrub-card"
          style={{
            width: CARD.width,
            height: cues.length > 0 ? CARD.height : 18,
            left: `calc(112px + ${Math.max(0, Math.min(width - CARD.width, x(hover) - CARD.width / 2))}px)`,
          }}
        >
          {thumbnailsId && <ScrubPicture renditionId={thumbnailsId} cues={cues} time={clock.centre(hover)} {...CARD} />}
          <b>{clock.label(hover)}</b>
        </div>
      )}
    </div>
  )
}
