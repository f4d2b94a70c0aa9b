import type { Command } from '../domain/command.ts'

export type PendingCommand = Readonly<{ number: number; accountId: number; command: Command }>

/** Commands that were committed with runs and not yet relayed. */
export interface CommandOutbox {
  /** The oldest first. */
  pending(limit: number): Promise<PendingCommand[]>
  remove(numbers: readonly number[]): Promise<void>
}
