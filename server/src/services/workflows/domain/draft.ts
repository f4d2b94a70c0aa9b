import type { RunEventName } from './run-events.ts'
import type { Command } from './command.ts'
import type { CompiledDefinition } from './compiled-definition.ts'
import type { NodeRun, Run, UnnumberedRun } from './run.ts'
import { warningsOf, type JobOutput } from '../../jobs/api.ts'

/** A run as decided, with what is asked of others and told to all. */
export type Decision<R extends UnnumberedRun = Run> = Readonly<{ run: R; commands: readonly Command[]; events: readonly RunEventName[] }>

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const WARNINGS_MAX = 100
const OUTPUTS_LENGTH_MAX = 262_144

const NEW_NODE: NodeRun = {
  status: 'waiting',
  visits: 0,
  seen: 0,
  startedAtMs: 0,
  endedAtMs: null,
  message: null,
  passed: false,
  held: false,
  arrived: 0,
}

/** The working copy of one decision: changed in place while the decision is made, frozen into a Decision at its end. */
export class Draft<R extends UnnumberedRun> {
  readonly compiled: CompiledDefinition
  readonly nowMs: number
  readonly run: Writable<R>
  readonly nodes: Record<string, NodeRun>
  readonly commands: Command[] = []
  readonly events: RunEventName[] = []

  constructor(compiled: CompiledDefinition, run: R, nowMs: number) {
    this.compiled = compiled
    this.nowMs = nowMs
    this.nodes = { ...run.nodes }
    this.run = { ...run, nodes: this.nodes }
  }

  node(id: string): NodeRun {
    return this.nodes[id] ?? NEW_NODE
  }

  set(id: string, change: Partial<NodeRun>): void {
    this.nodes[id] = { ...this.node(id), ...change }
  }

  titleOf(id: string): string {
    return this.compiled.nodes.get(id)?.title ?? id
  }

  warn(nodeId: string, messages: readonly string[]): void {
    const warnings = messages.map((message) => ({ nodeId, message: `${this.titleOf(nodeId)}: ${message}` }))
    this.run.warnings = [...this.run.warnings, ...warnings].slice(0, WARNINGS_MAX)
  }

  /** Keeps what a step answered, as far as there is room. */
  keepOutput(nodeId: string, output: JobOutput): void {
    const length = JSON.stringify(output).length
    const fits = this.run.outputsLength + length <= OUTPUTS_LENGTH_MAX
    this.run.outputs = {
      ...this.run.outputs,
      [nodeId]: fits ? output : { omitted: 'the outputs of this run are larger than what is kept' },
    }
    if (fits) this.run.outputsLength += length
    this.warn(nodeId, warningsOf(output))
  }

  decision(): Decision<R> {
    return { run: { ...(this.run as R), revision: this.run.revision + 1 }, commands: this.commands, events: this.events }
  }
}
