import { createStore } from '../../../lib/store.ts'

export type Selection = {
  /** Where the keyboard is; -1 before the first move. */
  cursor: number
  /** Where a shift-selection began. */
  anchor: number
  ids: ReadonlySet<string>
}

export const nothing: Selection = { cursor: -1, anchor: -1, ids: new Set() }

/** The selection and place outlive the page, so that "back" finds them again; one a search. */
export const selection = createStore<{ key: string; scroll: number; value: Selection }>({ key: '', scroll: 0, value: nothing })

/** Adds or removes one; the anchor moves there. */
export function toggle(now: Selection, index: number, id: string): Selection {
  const ids = new Set(now.ids)
  if (!ids.delete(id)) ids.add(id)
  return { cursor: index, anchor: index, ids }
}

/** Everything between the anchor and `index`, together with what was selected before. */
export function extend(now: Selection, index: number, idOf: (index: number) => string | undefined): Selection {
  const from = now.anchor < 0 ? Math.max(0, now.cursor) : now.anchor
  const ids = new Set(now.ids)
  for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
    const id = idOf(i)
    if (id !== undefined) ids.add(id)
  }
  return { cursor: index, anchor: from, ids }
}

export const moveTo = (now: Selection, index: number): Selection => ({
  ...now,
  cursor: index,
  anchor: now.ids.size === 0 ? index : now.anchor,
})
