import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'

const REFRESH_MS = 250
const TAG = 'capstan: '

/** Writes to stderr: stdout belongs to the program that is started. A closed stderr is not a reason to stop. */
export function say(text) {
  try {
    writeSync(2, text)
  } catch {
    // nobody reads; go on
  }
}

const seconds = (sinceMs) => `${Math.max(1, Math.round((Date.now() - sinceMs) / 1_000))} s`

/**
 * Shows one step: a moving line on a terminal, else a line at its start and one at its end. `howFar` answers a word such as "40 %" or null.
 * Answers what `work` answers.
 */
export async function step(doing, done, work, howFar = () => null) {
  const startedMs = Date.now()
  const moves = isatty(2)
  const line = () => `${TAG}${[doing, howFar(), seconds(startedMs)].filter(Boolean).join(' · ')}`
  say(moves ? line() : `${TAG}${doing} …\n`)
  const timer = moves ? setInterval(() => say(`\r\x1b[K${line()}`), REFRESH_MS) : null
  try {
    const answer = await work()
    say(`${moves ? '\r\x1b[K' : ''}${TAG}${done} in ${seconds(startedMs)}\n`)
    return answer
  } catch (thrown) {
    if (moves) say('\r\x1b[K')
    throw thrown
  } finally {
    if (timer) clearInterval(timer)
  }
}

export const tell = (sentence) => say(`${TAG}${sentence}\n`)
