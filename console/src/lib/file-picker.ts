let open = () => {}

/** The upload area names what opens the browser's file dialog. */
export function registerFilePicker(opener: () => void): () => void {
  open = opener
  return () => {
    open = () => {}
  }
}

/** Opens the browser's file dialog; call it from a click or a key. */
export const openFilePicker = (): void => open()
