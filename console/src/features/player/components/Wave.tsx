import { useEffect, useRef } from 'react'
import { useMantineColorScheme } from '@mantine/core'
import { extremes, type Peaks } from '../../../lib/peaks.ts'
import type { View } from '../../../lib/timeline.ts'

type Props = {
  peaks: Peaks | undefined
  channel: number
  view: View
  rate: { num: number; den: number }
  width: number
  height: number
  heard: boolean
}

/** One channel of sound, drawn a pixel column at a time. */
export function Wave({ peaks, channel, view, rate, width, height, heard }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { colorScheme } = useMantineColorScheme()
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || width === 0) return
    const scale = window.devicePixelRatio || 1
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
    context.canvas.width = w
    context.canvas.height = h
    const style = getComputedStyle(context.canvas)
    context.fillStyle = style.getPropertyValue(heard ? '--fg-2' : '--bg-3')
    context.fillRect(0, Math.round(h / 2), w, 1)
    if (!peaks) return
    const bucketsPerFrame = ((rate.den / rate.num) * peaks.sampleRate) / peaks.samplesPerBucket
    const perPixel = ((view.to - view.from) * bucketsPerFrame) / w
    for (let x = 0; x < w; x++) {
      const from = Math.floor(view.from * bucketsPerFrame + x * perPixel)
      if (from >= peaks.buckets) break
      const [low, high] = extremes(peaks, channel, from, Math.floor(view.from * bucketsPerFrame + (x + 1) * perPixel))
      const top = (1 - high / 32768) * (h / 2)
      const bottom = (1 - low / 32768) * (h / 2)
      context.fillRect(x, top, 1, Math.max(1, bottom - top))
    }
  }, [peaks, channel, view, rate, width, height, heard, colorScheme])
  return <canvas ref={canvas} style={{ height }} aria-hidden />
}
