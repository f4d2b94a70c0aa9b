import type { KeywordFieldName } from '../../../services/search/domain/fields.ts'
import { FACET_VALUES_MAX, type Facet } from '../../../services/search/ports/search-index.ts'
import type { KeywordColumn } from './keyword-column.ts'
import { TopList } from './top-list.ts'

/** The most frequent values among the documents. */
export function facetOf(field: KeywordFieldName, column: KeywordColumn, documents: Int32Array, length: number): Facet {
  const top = new TopList<{ value: string; count: number }>(FACET_VALUES_MAX, (a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  column.count(documents, length, (code, count) => {
    if (top.isFull && top.last!.count > count) return
    top.add({ value: column.values[code]!, count })
  })
  return { field, values: top.items }
}
