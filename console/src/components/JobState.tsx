import type { JobState as State } from '@capstan/contract/work'
import { useTranslation } from 'react-i18next'

/** The colour of each state; the word always stands beside it. */
export const JOB_TONES: Record<State, 'run' | 'ok' | 'bad' | 'warn' | ''> = {
  created: '',
  scheduled: 'warn',
  pending: '',
  queued: '',
  waiting_for_lock: '',
  running: 'run',
  paused: '',
  completed: 'ok',
  failed: 'bad',
  timed_out: 'bad',
  cancelled: '',
  in_doubt: 'warn',
}

export function JobState({ state }: { state: State }) {
  const { t } = useTranslation()
  return (
    <span className="state">
      <span className={`dot ${JOB_TONES[state]}`} />
      {t(`jobs.state.${state}`)}
    </span>
  )
}
