import { Environment } from '@marcbachmann/cel-js'
import { withinTime } from '../../../lib/within-time.ts'

/** What a condition sees. `asset` has id, number and name, and whatever steps said about it under `asset` in their outputs. */
export type ConditionFacts = Readonly<{ run: Record<string, unknown>; asset: Record<string, unknown>; output: Record<string, unknown> }>
export type Condition = (facts: ConditionFacts) => boolean

const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('run', 'dyn')
  .registerVariable('asset', 'dyn')
  .registerVariable('output', 'dyn')

/** A pattern that backtracks, or lists within lists, could otherwise hold up the whole process for hours; real ones take microseconds. */
const TIME_MS_MAX = 50

/** Compiles CEL. Throws an Error with the parser's words for what is not CEL, names unknown variables, or cannot be true or false. */
export function compileCondition(text: string): Condition {
  const parsed = environment.parse(text)
  const checked = parsed.check()
  if (!checked.valid) throw new Error(checked.error?.message ?? 'it is not a valid condition')
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    throw new Error(`it gives ${String(checked.type)}, and a condition must be true or false`)
  // Only calls can take long, and the limit costs 0.2 ms.
  const isBounded = !text.includes('(')
  return (facts) => {
    const value: unknown = isBounded ? parsed(facts) : withinTime(() => parsed(facts), TIME_MS_MAX)
    if (typeof value !== 'boolean') throw new Error(`it gave ${typeof value}, and a condition must be true or false`)
    return value
  }
}
