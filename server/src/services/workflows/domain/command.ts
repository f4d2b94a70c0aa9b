import type { JobOutput, NewJob } from '../../jobs/api.ts'
import type { ParentNode } from './run.ts'

/** What came of a step. `revision` is that of the job or sub-run: news that is older than what is known changes nothing. */
export type Outcome = Readonly<{
  nodeId: string
  visit: number
  revision: number
  result: Readonly<{ kind: 'completed'; output: JobOutput } | { kind: 'failed'; message: string } | { kind: 'restarted' }>
}>

/** What a decision asks of others; committed with the run and relayed in order, at least once. */
export type Command = Readonly<
  | { type: 'enqueue'; job: NewJob }
  | { type: 'cancel'; runId: string }
  | { type: 'pause'; runId: string; paused: boolean }
  | {
      type: 'start_run'
      workflow: string
      key: string
      variables: Readonly<Record<string, unknown>>
      asset: NewJob['asset']
      parent: ParentNode
      depth: number
      startedBy: string
    }
  | { type: 'settle'; runId: string; outcome: Outcome }
>
