import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useKeys } from '../../../lib/keys.ts'
import { useSize } from '../../../lib/use-size.ts'

type Place = { scale: number; x: number; y: number }

const SCALE_MAX = 16

/** A still picture: whole at first, closer with the wheel or +, moved by dragging. */
export function ImageViewer({ src, name, width, height }: { src: string; name: string; width: number; height: number }) {
  const { t } = useTranslation()
  const { ref, element, ...size } = useSize()
  const fit = Math.min(1, size.width / width, size.height / height) || 0
  const [place, setPlace] = useState<Place | null>(null)
  const { scale, x, y } = place ?? { scale: fit, x: 0, y: 0 }
  const zoom = (factor: number, atX = 0, atY = 0) => {
    const next = Math.max(Math.min(fit, 1), Math.min(SCALE_MAX, scale * factor))
    setPlace(next <= fit ? null : { scale: next, x: atX - ((atX - x) * next) / scale, y: atY - ((atY - y) * next) / scale })
  }
  useKeys({
    '+': () => zoom(1.5),
    '=': () => zoom(1.5),
    '-': () => zoom(1 / 1.5),
    '0': () => setPlace(null),
    '1': () => setPlace({ scale: 1, x: 0, y: 0 }),
  })
  const latest = useRef(zoom)
  useEffect(() => {
    latest.current = zoom
  })
  useEffect(() => {
    const box = element.current
    if (!box) return
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const rect = box.getBoundingClientRect()
      latest.current(Math.exp(-event.deltaY / 300), event.clientX - rect.left - rect.width / 2, event.clientY - rect.top - rect.height / 2)
    }
    box.addEventListener('wheel', onWheel, { passive: false })
    return () => box.removeEventListener('wheel', onWheel)
  }, [element])
  const onPointerMove = (event: PointerEvent) => {
    if (event.buttons === 1 && place) setPlace({ ...place, x: place.x + event.movementX, y: place.y + event.movementY })
  }
  return (
    <div
      className="viewer"
      ref={ref}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onDoubleClick={() => setPlace(place ? null : { scale: 1, x: 0, y: 0 })}
      style={{ cursor: place ? 'grab' : 'zoom-in' }}
    >
      <img
        src={src}
        alt={name}
        draggable={false}
        width={width}
        height={height}
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${scale})` }}
      />
      <div className="viewer-bar">
        <button className="btn ghost icon small" aria-label={t('asset.zoom.out')} onClick={() => zoom(1 / 1.5)}>
          <ZoomOut size={15} />
        </button>
        <button className="btn ghost small mono" aria-label={t('asset.zoom.actual')} onClick={() => setPlace({ scale: 1, x: 0, y: 0 })}>
          {Math.round(scale * 100)} %
        </button>
        <button className="btn ghost icon small" aria-label={t('asset.zoom.in')} onClick={() => zoom(1.5)}>
          <ZoomIn size={15} />
        </button>
        <button className="btn ghost icon small" aria-label={t('asset.zoom.fit')} onClick={() => setPlace(null)}>
          <Maximize size={15} />
        </button>
      </div>
    </div>
  )
}
