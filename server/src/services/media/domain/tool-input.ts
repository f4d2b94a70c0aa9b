/** Stands for the nth input of a tool's run anywhere in an argument; the file's real name never reaches ffmpeg. */
export const inputRef = (index: number): string => `{in:${index}}`

/** Opens the nth input with one demuxer only, by the file protocol only: playlists and references are never followed. */
export const inputArgs = (index: number, demuxer: string): string[] => [
  '-protocol_whitelist',
  'file,pipe',
  '-f',
  demuxer,
  '-i',
  inputRef(index),
]
