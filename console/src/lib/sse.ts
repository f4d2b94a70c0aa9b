export type ServerSentEvent = { id: string | null; event: string; data: string }

/**
 * Cuts a text stream into server-sent events as the HTML standard says (§ 9.2.6). EventSource itself cannot be told to listen for every
 * event name, nor does it say why it was refused.
 */
export class SseParser {
  #rest = ''
  #id: string | null = null
  #event = ''
  #data: string[] = []

  /** The events that this piece of text completes. */
  push(text: string): ServerSentEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/)
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#line(line) ?? [])
  }

  #line(line: string): ServerSentEvent | null {
    if (line === '') return this.#complete()
    const colon = line.indexOf(':')
    if (colon === 0) return null
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') this.#data.push(value)
    if (field === 'event') this.#event = value
    if (field === 'id') this.#id = value
    return null
  }

  #complete(): ServerSentEvent | null {
    const event = this.#data.length > 0 ? { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') } : null
    this.#data = []
    this.#event = ''
    return event
  }
}
