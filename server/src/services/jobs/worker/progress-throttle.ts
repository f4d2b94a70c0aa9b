import type { Clock } from '../../../lib/clock.ts'
import type { Job } from '../domain/job.ts'

export type OnProgress = (job: Job, percent: number) => void

const INTERVAL_MS = 500

/** Passes on a job's progress at most twice a second, and the last value always. */
export function throttleProgress(job: Job, clock: Clock, tell: OnProgress): { report: (percent: number) => void; end: () => void } {
  let [toldAtMs, waiting] = [Number.NEGATIVE_INFINITY, -1]
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    timer = null
    toldAtMs = clock.monotonic()
    tell(job, waiting)
  }
  return {
    report(percent) {
      waiting = percent
      if (timer) return
      const dueInMs = toldAtMs + INTERVAL_MS - clock.monotonic()
      if (dueInMs <= 0) {
        flush()
        return
      }
      timer = setTimeout(flush, dueInMs)
      timer.unref()
    },
    end() {
      if (timer) clearTimeout(timer)
    },
  }
}
