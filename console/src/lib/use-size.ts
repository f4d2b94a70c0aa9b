import { useCallback, useRef, useState, type RefObject } from 'react'

export type Sized = {
  /** Goes to the element, and never changes. */
  ref: (element: HTMLDivElement | null) => (() => void) | undefined
  element: RefObject<HTMLDivElement | null>
  width: number
  height: number
}

/** The inner size of an element in pixels, followed as it changes; 0 × 0 before it is there. */
export function useSize(): Sized {
  const [size, setSize] = useState({ width: 0, height: 0 })
  const element = useRef<HTMLDivElement | null>(null)
  const ref = useCallback((mounted: HTMLDivElement | null) => {
    element.current = mounted
    if (!mounted) return undefined
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = mounted
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(mounted)
    return () => {
      observer.disconnect()
      element.current = null
    }
  }, [])
  return { ref, element, ...size }
}
