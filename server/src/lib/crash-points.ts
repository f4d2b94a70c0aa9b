/**
 * Named places where the process may be told to die, so that tests prove recovery line by line. In production the set is empty and a
 * call costs one comparison. `kill` ends the process as `kill -9` would: no handlers, no flushing.
 */
const armed = new Set<string>()

export const armCrashPoints = (names: readonly string[]): void => names.forEach((name) => armed.add(name))

export function crashAt(name: string): void {
  if (armed.size > 0 && armed.has(name)) process.kill(process.pid, 'SIGKILL')
}
