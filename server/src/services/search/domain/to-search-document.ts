import type { Technical } from '@capstan/contract/technical'
import type { SearchDocument } from './document.ts'
import { technicalFacts } from './technical-facts.ts'

/** What the search service asks of an asset. Times are milliseconds since 1970. */
export type AssetForSearch = {
  readonly accountId: number
  readonly id: string
  readonly number: number
  /** Grows with every change of anything in here, also of facts and text. */
  readonly revision: number
  readonly name: string
  readonly originalName: string
  readonly description: string
  readonly tags: readonly string[]
  readonly kind: string
  readonly flags: readonly string[]
  readonly owner: string | null
  readonly workspaceIds: readonly number[]
  readonly sizeBytes: number | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly technical: Technical | null
  readonly text: string | null
  readonly hasWarnings: boolean
}

export function toSearchDocument(asset: AssetForSearch): SearchDocument {
  const { accountId, id, number, revision, name, originalName, description, tags, kind, createdAt, updatedAt } = asset
  const facts = technicalFacts(asset.technical)
  const extension = /\.([\p{L}\p{N}]{1,8})$/u.exec(originalName)?.[1]?.toLowerCase()
  return {
    accountId,
    id,
    number,
    revision,
    text: { name, originalName, description, tags, technical: [kind, ...facts.words], text: asset.text ?? '' },
    keywords: {
      kind: [kind],
      codec: facts.codecs,
      container: facts.containers.length > 0 ? facts.containers : extension ? [extension] : [],
      is: asset.hasWarnings ? [...asset.flags, 'warning'] : asset.flags,
      owner: asset.owner === null ? [] : [asset.owner],
      tag: tags,
      language: facts.languages,
      hdr: facts.hdr,
      scan: facts.scan,
      resolution: facts.resolution,
      workspace: asset.workspaceIds.map(String),
    },
    numbers: {
      ...facts.numbers,
      number,
      created: createdAt,
      updated: updatedAt,
      ...(asset.sizeBytes === null ? {} : { size: asset.sizeBytes }),
    },
  }
}
