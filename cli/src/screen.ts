import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { plain } from './print.ts'

export type Bar = { update: (percent: number, state?: string) => void }

/** Progress bars on a terminal; nothing elsewhere. Ctrl-C leaves the terminal as it was and says what happens next. */
export class Screen {
  readonly #bars: MultiBar | null
  readonly #onInterrupt: () => void

  constructor(isTerminal: boolean, whenInterrupted: string) {
    this.#bars = isTerminal
      ? new MultiBar(
          { format: '{bar} {percent} %  {state}  {name}', hideCursor: true, gracefulExit: false, autopadding: true },
          Presets.shades_classic,
        )
      : null
    this.#onInterrupt = () => {
      this.stop()
      process.stderr.write(`\n${whenInterrupted}\n`)
      process.exit(130)
    }
    process.on('SIGINT', this.#onInterrupt)
  }

  add(name: string, state = ''): Bar {
    const bar: SingleBar | undefined = this.#bars?.create(100, 0, { percent: '  0', state: state.padEnd(9), name: plain(name) })
    return {
      update: (percent, text) => {
        const whole = Math.floor(percent)
        bar?.update(whole, { percent: String(whole).padStart(3), ...(text === undefined ? {} : { state: text.padEnd(9) }) })
      },
    }
  }

  stop(): void {
    this.#bars?.stop()
    process.off('SIGINT', this.#onInterrupt)
  }
}
