import type { RenditionKind as ContractRenditionKind } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import type { MediaTools } from '../ports/media-tools.ts'

export type RenditionKind = ContractRenditionKind

export type StepInput = {
  source: { path: string; name: string; sizeBytes: number }
  /** What the probe found; null before the probe and for unknown formats. */
  technical: Technical | null
  /** Empty and private; each rendition becomes a folder below it. */
  outDir: string
  signal: AbortSignal
  /** 0 to 1, never falling. */
  progress(fraction: number): void
  log(message: string, facts?: Record<string, unknown>): void
}

/** One folder `outDir/<name>`; `files` and `mainFile` are relative to it. */
export type MadeRendition = {
  kind: RenditionKind
  name: string
  files: { path: string; mediaType: string }[]
  mainFile: string
  facts: Record<string, unknown>
  settings: Record<string, unknown>
}

/** `warnings` are sentences for people; `output` is what later decisions see. */
export type StepResult = { renditions: MadeRendition[]; warnings: string[]; output?: Record<string, unknown> }

export type Step = (input: StepInput) => Promise<StepResult>
export type StepOf = (tools: MediaTools) => Step
