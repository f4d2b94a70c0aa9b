import { CustomSource, EncodedPacketSink, Input, MP4 } from 'mediabunny'

const BLOCK_BYTES = 512 * 1024
const BLOCKS_KEPT = 8
const READ_MS_MAX = 20_000

/** The file by aligned blocks: groups of pictures that lie side by side come with one request, in whatever order they are asked for. */
function blocksOf(url: string, sizeBytes: number): CustomSource {
  const kept = new Map<number, Promise<Uint8Array>>()
  const load = async (index: number): Promise<Uint8Array> => {
    const last = Math.min(sizeBytes, (index + 1) * BLOCK_BYTES) - 1
    const headers = { range: `bytes=${index * BLOCK_BYTES}-${last}` }
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(READ_MS_MAX) })
    if (response.status !== 206) throw new Error(`the proxy answered ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const block = (index: number): Promise<Uint8Array> => {
    const bytes = kept.get(index) ?? load(index)
    bytes.catch(() => kept.delete(index))
    kept.delete(index)
    kept.set(index, bytes)
    for (const oldest of kept.keys()) if (kept.size > BLOCKS_KEPT) kept.delete(oldest)
    return bytes
  }
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start)
    for (let index = Math.floor(start / BLOCK_BYTES); index * BLOCK_BYTES < end; index++) {
      const from = index * BLOCK_BYTES
      const part = (await block(index)).subarray(Math.max(0, start - from), end - from)
      bytes.set(part, Math.max(0, from - start))
    }
    return bytes
  }
  return new CustomSource({ getSize: () => sizeBytes, read, maxCacheSize: BLOCK_BYTES })
}

/** Decodes a film group by group, each from its key frame to the next. One reader decodes one group at a time. */
export class GroupReader {
  readonly #input: Input
  readonly #sink: EncodedPacketSink
  readonly #decoder: VideoDecoder
  #take: (picture: VideoFrame) => void = (picture) => picture.close()
  #fault: DOMException | null = null

  private constructor(input: Input, sink: EncodedPacketSink, config: VideoDecoderConfig) {
    this.#input = input
    this.#sink = sink
    this.#decoder = new VideoDecoder({ output: (picture) => this.#take(picture), error: (fault) => (this.#fault = fault) })
    this.#decoder.configure(config)
  }

  /** Rejects where the browser cannot decode the film, or the film cannot be read. */
  static async open(url: string, sizeBytes: number): Promise<GroupReader> {
    const input = new Input({ source: blocksOf(url, sizeBytes), formats: [MP4] })
    const track = await input.getPrimaryVideoTrack()
    const known = await track?.getDecoderConfig()
    if (!track || !known) throw new Error('the proxy has no picture that can be decoded')
    // Decoders in hardware stall when a few of their pictures are held; a proxy is small enough for the processor.
    const config: VideoDecoderConfig = { ...known, hardwareAcceleration: 'prefer-software' }
    if (!(await VideoDecoder.isConfigSupported(config)).supported) throw new Error(`this browser does not decode ${known.codec}`)
    return new GroupReader(input, new EncodedPacketSink(track), config)
  }

  /** Hands over every picture of the group that holds the moment, in order; whoever takes one closes it. */
  async group(seconds: number, take: (picture: VideoFrame) => void): Promise<void> {
    const key = (await this.#sink.getKeyPacket(seconds)) ?? (await this.#sink.getFirstPacket())
    if (!key) throw new Error('the proxy has no pictures')
    const next = await this.#sink.getNextKeyPacket(key)
    this.#take = take
    for await (const packet of this.#sink.packets(key, next ?? undefined)) this.#decoder.decode(packet.toEncodedVideoChunk())
    await this.#decoder.flush()
    if (this.#fault) throw this.#fault
  }

  close(): void {
    this.#take = (picture) => picture.close()
    if (this.#decoder.state !== 'closed') this.#decoder.close()
    this.#input.dispose()
  }
}
