import { createStore } from '../../../lib/store.ts'

export type Selection = {
  /** Where the keyboard is; -1 before the first move. */
  cursor: number
  /** What stands there: when something arrives above it, the cursor goes with it. */
  at: string | null
  /** Where a shift-selection began. */
  anchor: number
  ids: ReadonlySet<string>
}

export const nothing: Selection = { cursor: -1, at: null, anchor: -1, ids: new Set() }

/** The selection and place outlive the page, so that "back" finds them again; one a search. */
export const selection = createStore<{ key: string; scroll: number; value: Selection }>({ key: '', scroll: 0, value: nothing })

/** The selection as the list stands now: the cursor where its asset is, or where that was. */
export function placed(now: Selection, items: readonly { id: string }[]): Selection {
  const at = now.at === null ? -1 : items[now.cursor]?.id === now.at ? now.cursor : items.findIndex(({ id }) => id === now.at)
  const cursor = Math.max(0, at >= 0 ? at : Math.min(now.cursor, items.length - 1))
  const moved = now.cursor < 0 ? 0 : cursor - now.cursor
  return { ...now, cursor, at: items[cursor]?.id ?? null, anchor: now.anchor < 0 ? -1 : Math.max(0, now.anchor + moved) }
}

/** Adds or removes one; the anchor moves there. */
export function toggle(now: Selection, index: number, id: string): Selection {
  const ids = new Set(now.ids)
  if (!ids.delete(id)) ids.add(id)
  return { cursor: index, at: id, anchor: index, ids }
}

/** A click with the control key: what was chosen by a click before is the first of the selection. */
export const alsoAt = (now: Selection, index: number, id: string): Selection =>
  now.ids.size === 0 && now.anchor >= 0 && now.at !== null && now.at !== id
    ? toggle({ ...now, ids: new Set([now.at]) }, index, id)
    : toggle(now, index, id)

/** Everything between the anchor and `index`, together with what was selected before. */
export function extend(now: Selection, index: number, idOf: (index: number) => string | undefined): Selection {
  const from = now.anchor < 0 ? Math.max(0, now.cursor) : now.anchor
  const ids = new Set(now.ids)
  for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
    const id = idOf(i)
    if (id !== undefined) ids.add(id)
  }
  return { cursor: index, at: idOf(index) ?? null, anchor: from, ids }
}

export const moveTo = (now: Selection, index: number, id: string | undefined): Selection => ({
  ...now,
  cursor: index,
  at: id ?? null,
  anchor: now.ids.size === 0 ? index : now.anchor,
})
