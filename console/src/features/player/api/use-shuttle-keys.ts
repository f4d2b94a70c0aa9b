import { useEffect, useRef } from 'react'
import { useKeys } from '../../../lib/keys.ts'
import { SLOW } from '../../../lib/shuttle.ts'
import type { Transport } from './transport.ts'

/** J, K and L. While K is down, J and L move one frame, and go slowly for as long as they are held. */
export function useShuttleKeys(transport: Transport): void {
  const isKDown = useRef(false)
  const shuttle = (key: 'j' | 'l') => (event: KeyboardEvent) => {
    const way = key === 'l' ? 1 : -1
    if (!isKDown.current) {
      if (!event.repeat) transport.press(key)
    } else if (!event.repeat) transport.step(way)
    else if (transport.state.get().speed === 0) transport.play(way * SLOW)
  }
  useKeys({
    j: shuttle('j'),
    l: shuttle('l'),
    k: () => {
      isKDown.current = true
      if (Math.abs(transport.state.get().speed) !== SLOW) transport.press('k')
    },
  })
  useEffect(() => {
    const end = () => {
      if (isKDown.current && Math.abs(transport.state.get().speed) === SLOW) transport.stop()
    }
    const onKeyUp = ({ key }: KeyboardEvent) => {
      if (/^[jkl]$/i.test(key)) end()
      if (/^k$/i.test(key)) isKDown.current = false
    }
    const onBlur = () => {
      end()
      isKDown.current = false
    }
    window.addEventListener('keyup', onKeyUp)
    window.addEventListener('blur', onBlur)
    return () => {
      window.removeEventListener('keyup', onKeyUp)
      window.removeEventListener('blur', onBlur)
    }
  }, [transport])
}
