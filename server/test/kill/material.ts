import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Clips, pdfOf, pictureOf } from '../clips.ts'

export type Item = { name: string; bytes: Buffer; by: 'upload' | 'hot_folder' | 'command_line' }

/** So long that no life between two kills suffices for a film. */
const FILM_S = 8

/** Twelve small files of every kind, four for each way in. */
export async function makeMaterial(folder: string): Promise<Item[]> {
  mkdirSync(folder, { recursive: true })
  const clips = await Clips.open(folder)
  const video = async (name: string, hue: number) => readFileSync(await clips.video(name, FILM_S, hue, '640x360'))
  const audio = async (name: string, hertz: number) => readFileSync(await clips.audio(name, 2, hertz))
  const items: Item[] = [
    { name: 'film one.mp4', bytes: await video('1.mp4', 10), by: 'upload' },
    { name: 'tone one.wav', bytes: await audio('1.wav', 400), by: 'hot_folder' },
    { name: 'picture one.jpg', bytes: await pictureOf(800, 600, 10), by: 'command_line' },
    { name: 'page.pdf', bytes: pdfOf('The first page'), by: 'upload' },
    { name: 'film two.mp4', bytes: await video('2.mp4', 80), by: 'hot_folder' },
    { name: 'film three.mp4', bytes: await video('3.mp4', 160), by: 'command_line' },
    { name: 'notes.txt', bytes: Buffer.from('Words about a film\n'.repeat(50)), by: 'hot_folder' },
    { name: 'unknown.bin', bytes: Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 197 + 13) & 0xff)), by: 'upload' },
    { name: 'tone two.wav', bytes: await audio('2.wav', 500), by: 'command_line' },
    { name: 'film four.mp4', bytes: await video('4.mp4', 240), by: 'upload' },
    { name: 'picture two.jpg', bytes: await pictureOf(1600, 900, 200), by: 'hot_folder' },
    { name: 'film five.mp4', bytes: await video('5.mp4', 300), by: 'command_line' },
  ]
  for (const { name, bytes } of items) writeFileSync(join(folder, name), bytes)
  return items
}
