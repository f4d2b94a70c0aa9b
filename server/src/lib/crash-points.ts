/**
 * Named places where the process may be told to die, so that tests prove recovery line by line. In production the set is empty and a
 * call costs one comparison. `kill` ends the process as `kill -9` would: no handlers, no flushing.
 */
const armed = new Map<string, number>()

/** Each is a name, or `name:3` to die at the third pass. */
export function armCrashPoints(points: readonly string[]): void {
  for (const point of points) {
    const [name = point, pass = '1'] = point.split(':')
    armed.set(name, Number(pass))
  }
}

export function crashAt(name: string): void {
  if (armed.size === 0) return
  const passes = armed.get(name)
  if (passes === undefined) return
  if (passes <= 1) process.kill(process.pid, 'SIGKILL')
  armed.set(name, passes - 1)
}
