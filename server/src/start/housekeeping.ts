type Task = { name: string; everyMs: number; run: () => Promise<unknown> }

/** Retention and sweeping, each in its own rhythm, never twice at once. Failures are told and tried again next time. */
export function startHousekeeping(tasks: readonly Task[], onError: (error: unknown, task: string) => void): () => void {
  const timers = tasks.map(({ name, everyMs, run }) => {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      run()
        .catch((error: unknown) => onError(error, name))
        .finally(() => (busy = false))
    }, everyMs)
    timer.unref()
    return timer
  })
  return () => timers.forEach((timer) => clearInterval(timer))
}
