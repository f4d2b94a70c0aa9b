import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { AudioDesk } from '../api/audio-desk.ts'

const FLOOR_DB = -60
const FALL_PER_FRAME = 0.7

/** Peak meters of both channels, from -60 to 0 dBFS; they fall slowly so that one can read them. */
export function Levels({ desk }: { desk: AudioDesk | null }) {
  const { t } = useTranslation()
  const bars = useRef<(HTMLElement | null)[]>([])
  useEffect(() => {
    if (!desk) return
    const held: number[] = []
    let timer = requestAnimationFrame(function draw() {
      desk.levels().forEach((db, i) => {
        held[i] = Math.max(db, (held[i] ?? FLOOR_DB) - FALL_PER_FRAME, FLOOR_DB)
        bars.current[i]?.style.setProperty('--level', `${(1 - held[i] / FLOOR_DB) * 100}%`)
      })
      timer = requestAnimationFrame(draw)
    })
    return () => cancelAnimationFrame(timer)
  }, [desk])
  return (
    <span className="levels wide-only" role="img" aria-label={t('player.levels')}>
      {[0, 1].map((i) => (
        <i key={i} ref={(element) => void (bars.current[i] = element)} />
      ))}
    </span>
  )
}
