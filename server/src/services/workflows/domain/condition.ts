import { Environment } from '@marcbachmann/cel-js'

/** What a condition sees. `asset` has id, number and name, and whatever steps said about it under `asset` in their outputs. */
export type ConditionFacts = Readonly<{ run: Record<string, unknown>; asset: Record<string, unknown>; output: Record<string, unknown> }>
export type Condition = (facts: ConditionFacts) => boolean

const environment = new Environment({ unlistedVariablesAreDyn: false })
  .registerVariable('run', 'dyn')
  .registerVariable('asset', 'dyn')
  .registerVariable('output', 'dyn')

/** Compiles CEL. Throws an Error with the parser's words for what is not CEL, names unknown variables, or cannot be true or false. */
export function compileCondition(text: string): Condition {
  const parsed = environment.parse(text)
  const checked = parsed.check()
  if (!checked.valid) throw new Error(checked.error?.message ?? 'it is not a valid condition')
  if (checked.type !== 'bool' && checked.type !== 'dyn')
    throw new Error(`it gives ${String(checked.type)}, and a condition must be true or false`)
  return (facts) => {
    const value: unknown = parsed(facts)
    if (typeof value !== 'boolean') throw new Error(`it gave ${typeof value}, and a condition must be true or false`)
    return value
  }
}
