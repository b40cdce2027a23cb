import type { Endpoint } from '../../../src/connectors/connector.js'
import { paginationStyle } from '../../../src/pagination/registry.js'
import type { NextPage, PageAnswer } from '../../../src/pagination/style.js'
import { reportsError, totalOf } from './read-list.js'

/** What is known of this page and all before it. */
export interface KnownAtTheEnd {
  /** As the source says it, where the endpoint's definition looks for it. */
  readonly total: number | undefined
  /** Records of all pages. */
  readonly read: number
  /** No page had a list where `items` says, and some might have it elsewhere. */
  readonly isListMissed: boolean
}

/**
 * Why the last page may not be the last after all, in sentences of ours that repeat names of the
 * definition and counts only: a sync must not end early in silence. A total that says that these are
 * all takes away every doubt.
 */
export function doubtsAtTheEnd(
  answer: PageAnswer,
  next: NextPage & { readonly outcome: 'end' },
  endpoint: Endpoint,
  { total, read, isListMissed }: KnownAtTheEnd,
): readonly string[] {
  const { bare } = answer
  const { paginate, items } = endpoint
  if ((total ?? totalOf(answer, endpoint)) === read) return []
  const doubts = next.doubt === undefined ? [] : [next.doubt]
  if (total !== undefined && read < total)
    doubts.push(`${read} records came, and the source told ${total} in all`)
  if (next.repeats === true && read === 0)
    doubts.push(
      'no record came, and the last page names itself as the next: the API may not know the parameter that asks for the next page',
    )
  // 204 and 205 say that there is nothing.
  if (bare !== undefined && bare !== 204 && bare !== 205)
    doubts.push(
      `the last page had no content (HTTP ${bare}${bare === 304 ? ', which says that nothing has changed' : ''}) and was taken as the end: records may be missing`,
    )
  if (isListMissed && items !== undefined)
    doubts.push(
      `no page has a list at '${items}', so no record came: if there are records, items is misspelt`,
    )
  return [...doubts, ...fieldsMissing(answer, paginate)]
}

/** What the only page lacks: another page would have been named by such a field. */
function fieldsMissing(answer: PageAnswer, paginate: Endpoint['paginate']): readonly string[] {
  const { isFirst, records } = answer
  if (paginate === undefined || !isFirst) return []
  const fields = paginationStyle(paginate).reads?.(answer, paginate) ?? []
  const but =
    records.length === 0
      ? 'the collection may be empty, but if there are records'
      : `if there are more than ${records.length} records`
  return fields
    .filter(({ isThere }) => !isThere)
    .map(
      ({ name }) =>
        `no page has ${name}, which tells the next one by the endpoint's paginate: ${but}, that place is misspelt`,
    )
}

/** What any page may say beside its records, in a sentence of ours. */
export function doubtsOfPage({ body, isNothing }: PageAnswer): readonly string[] {
  return isNothing !== true && reportsError(body)
    ? ["a page tells of an error ('error' or 'errors') beside its list: records may be missing"]
    : []
}
