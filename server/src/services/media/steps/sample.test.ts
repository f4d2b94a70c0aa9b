import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { inputArgs } from '../ports/media-tools.ts'
import { testFolder, testTools } from './pictures.fixture.ts'
import { makeSample } from './sample.ts'

test('the sample is 500 frames with stereo sound from ten o’clock', async () => {
  const folder = await testFolder()
  try {
    const tools = await testTools(join(folder, 'work'))
    const path = await makeSample(tools, folder, AbortSignal.timeout(60_000))
    const entries = 'format=duration:stream=codec_name,width,height,avg_frame_rate,nb_frames,channels:stream_tags=timecode'
    const { stdout } = await tools.run({
      tool: 'ffprobe',
      args: ['-show_entries', entries, '-of', 'json', ...inputArgs(0, 'mov')],
      inputs: [path],
      outputDir: null,
      signal: AbortSignal.timeout(30_000),
      timeoutMs: 30_000,
    })
    const { streams, format } = JSON.parse(stdout.toString('utf8')) as { streams: object[]; format: object }
    expect(basename(path)).toBe('Capstan sample.mp4')
    expect(format).toEqual({ duration: '20.000000' })
    expect(streams[0]).toMatchObject({
      codec_name: 'h264',
      width: 1280,
      height: 720,
      avg_frame_rate: '25/1',
      nb_frames: '500',
      tags: { timecode: '10:00:00:00' },
    })
    expect(streams[1]).toMatchObject({ codec_name: 'aac', channels: 2 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
