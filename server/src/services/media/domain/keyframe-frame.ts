/** A small picture: 8-bit RGB, rows from the top, no padding. */
export type RgbFrame = { width: number; height: number; data: Uint8Array }
