import { createStore } from '../../../lib/store.ts'

/** Which of the frame's overlays is open. */
export const overlay = createStore<'palette' | 'keys' | null>(null)
