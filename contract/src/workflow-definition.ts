import { z } from 'zod'

const NodeId = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z][a-z0-9_-]*$/, 'node ids are lower case letters, digits, _ and -')

const Retry = z.object({
  attempts: z.int().min(1).max(100).default(3),
  /** The first wait; each further one is `factor` times longer, up to fifteen minutes. */
  delayMs: z.int().min(0).max(3_600_000).default(1_000),
  factor: z.number().min(1).max(10).default(2),
})

const base = { id: NodeId, title: z.string().max(100).optional() }
const next = NodeId

/** A condition in CEL over `run`, `asset` and `output`, e.g. `asset.kind == "video"`. */
const Condition = z.string().min(1).max(2_000)

export const WorkflowNode = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal('start'), next }),
  z.object({
    ...base,
    type: z.literal('action'),
    /** The job kind that does it: `probe`, `proxy`, `publish` … */
    action: z.string().min(1).max(100),
    config: z.record(z.string(), z.unknown()).default({}),
    /** False: when it fails for good the run goes on and ends with a warning. */
    required: z.boolean().default(true),
    timeoutMs: z
      .int()
      .min(1_000)
      .max(7 * 86_400_000)
      .default(6 * 3_600_000),
    retry: Retry.default({ attempts: 3, delayMs: 1_000, factor: 2 }),
    priority: z.int().min(0).max(100).default(50),
    next,
    /** Where to go when it fails for good, instead of failing the run. */
    onError: NodeId.optional(),
  }),
  z.object({
    ...base,
    type: z.literal('decision'),
    branches: z
      .array(z.object({ name: z.string().min(1).max(100), when: Condition, next }))
      .min(1)
      .max(50),
    otherwise: next,
  }),
  z.object({ ...base, type: z.literal('fork'), branches: z.array(next).min(1).max(50) }),
  z.object({ ...base, type: z.literal('join'), next }),
  z.object({
    ...base,
    type: z.literal('sub-workflow'),
    workflow: z.string().min(1).max(200),
    variables: z.record(z.string(), z.unknown()).default({}),
    required: z.boolean().default(true),
    next,
  }),
  z.object({ ...base, type: z.literal('end') }),
])
export type WorkflowNode = z.infer<typeof WorkflowNode>

/** A workflow as data. A run stays on the version it started with. */
export const WorkflowDefinition = z.object({
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[a-z][a-z0-9-]*$/, 'workflow names are lower case letters, digits and -'),
  title: z.string().min(1).max(200),
  description: z.string().max(5_000).default(''),
  nodes: z.array(WorkflowNode).min(2).max(500),
})
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>
