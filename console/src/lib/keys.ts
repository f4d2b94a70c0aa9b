import { useEffect, useRef } from 'react'

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>

/** The name of a chord: `mod+k`, `shift+ArrowLeft`, `?`, `space`. Shift counts only where it does not already show in the character. */
export function chordOf(event: Pressed): string {
  const key = event.key === ' ' ? 'space' : event.key.length === 1 ? event.key.toLowerCase() : event.key
  const letter = event.key.length === 1 && /[^a-z]/i.test(event.key)
  return [event.ctrlKey || event.metaKey ? 'mod' : '', event.altKey ? 'alt' : '', event.shiftKey && !letter ? 'shift' : '', key]
    .filter(Boolean)
    .join('+')
}

/** True where letters belong to what is being typed. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
}

const inDialog = (): boolean => document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"]') !== null

// Escape closes a dialog before the page hears of the key: what counts is what was open when it was pressed. Listens first, because it listens since the module was loaded.
let pressedInDialog = false
if (typeof window !== 'undefined') window.addEventListener('keydown', () => (pressedInDialog = inDialog()), { capture: true })

/** Listens for chords on the whole page, except while somebody types or a dialog is open; `mod+…` chords always count. */
export function useKeys(map: KeyMap, enabled = true): void {
  const latest = useRef(map)
  useEffect(() => {
    latest.current = map
  })
  useEffect(() => {
    if (!enabled) return
    const onKey = (event: KeyboardEvent) => {
      const chord = chordOf(event)
      const action = latest.current[chord]
      if (!action || event.defaultPrevented) return
      if (!chord.startsWith('mod+') && (isTyping(event.target) || pressedInDialog)) return
      if (
        (chord === 'space' || chord === 'Enter') &&
        event.target instanceof HTMLElement &&
        event.target.closest('button, a, [role=tab], input')
      )
        return
      event.preventDefault()
      action(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [enabled])
}
