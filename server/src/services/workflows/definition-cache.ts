import { notFound } from '../../lib/errors.ts'
import { compileDefinition, type CompiledDefinition } from './domain/compiled-definition.ts'
import type { DeployedDefinition } from './domain/deployed-definition.ts'
import type { DefinitionStore } from './ports/definition-store.ts'

const KEPT_MAX = 500

/** Compiled definitions by id. A version never changes, so what is kept is never stale. */
export class DefinitionCache {
  readonly #definitions: DefinitionStore
  readonly #compiled = new Map<string, CompiledDefinition>()

  constructor(definitions: DefinitionStore) {
    this.#definitions = definitions
  }

  /** Throws `not_found`. */
  async get(accountId: number, definitionId: string): Promise<CompiledDefinition> {
    const kept = this.#compiled.get(definitionId)
    if (kept) return kept
    const deployed = await this.#definitions.find(accountId, definitionId)
    if (!deployed) throw notFound('workflow definition', definitionId)
    return this.compile(deployed)
  }

  compile(deployed: DeployedDefinition): CompiledDefinition {
    const kept = this.#compiled.get(deployed.id)
    if (kept) return kept
    if (this.#compiled.size >= KEPT_MAX) this.#compiled.clear()
    const compiled = compileDefinition(deployed.definition)
    this.#compiled.set(deployed.id, compiled)
    return compiled
  }
}
