export const SHEET_COLUMNS = 10
export const SHEET_ROWS = 10
export const TILES_PER_SHEET = SHEET_COLUMNS * SHEET_ROWS

/** The box that a tile fits into, in pixels. */
export const TILE_BOX = { width: 240, height: 180 }

export type TileSize = { width: number; height: number }
/** Where a tile is: the sheet's file name and its rectangle there in pixels. */
export type TilePlace = { sheet: string; x: number; y: number; width: number; height: number }

export const sheetName = (sheet: number): string => `sheet-${String(sheet + 1).padStart(3, '0')}.jpg`

/** Sheets are filled by rows from the top left. */
export function placeTile(tile: number, size: TileSize): TilePlace {
  const onSheet = tile % TILES_PER_SHEET
  return {
    sheet: sheetName(Math.floor(tile / TILES_PER_SHEET)),
    x: (onSheet % SHEET_COLUMNS) * size.width,
    y: Math.floor(onSheet / SHEET_COLUMNS) * size.height,
    ...size,
  }
}

/** A sheet in pixels that holds `count` tiles: a row is never narrower than it must be, empty rows are left out. */
export const sheetSize = (count: number, size: TileSize): TileSize => ({
  width: Math.min(count, SHEET_COLUMNS) * size.width,
  height: Math.ceil(count / SHEET_COLUMNS) * size.height,
})
