import type { Endpoint } from '../../src/connectors/connector.js'
import { atPath } from '../../src/definition/at-path.js'
import type { NextPage, PageAnswer } from './pagination/pagination-style.js'
import { paginationStyle } from './pagination/registry.js'
import { toldTotal } from './read-list.js'

/**
 * Why the last page may not be the last after all, in sentences of ours that repeat names of the
 * definition and counts only: a sync must not end early in silence.
 * @param read records of this page and all before it; undefined: not known
 */
export function doubtsAtTheEnd(
  answer: PageAnswer,
  next: NextPage & { readonly found: 'end' },
  { paginate, items, total }: Endpoint,
  known: { readonly total: number | undefined; readonly read: number },
): readonly string[] {
  const { isFirst, records } = answer
  const doubts = next.doubt === undefined ? [] : [next.doubt]
  if (known.total !== undefined && known.read < known.total)
    doubts.push(
      `${String(known.read)} records came, and the source told ${String(known.total)} in all`,
    )
  if (
    items?.startsWith('$') === true &&
    isFirst &&
    records.length === 0 &&
    foundNothing(answer, items)
  )
    doubts.push(`the JSONPath of items found nothing in the only page: it may be misspelt`)
  if (paginate === undefined || !isFirst || records.length === 0) return doubts
  const rules = {
    ...(items === undefined ? {} : { items }),
    ...(total === undefined ? {} : { total }),
  }
  if (toldTotal(answer, rules) === records.length) return doubts
  const places = paginationStyle(paginate).places?.(answer, paginate) ?? []
  for (const { name } of places.filter(({ isThere }) => !isThere))
    doubts.push(
      `no page has ${name}, which tells the next one by the endpoint's paginate: if there are more than ${String(records.length)} records, that place is misspelt`,
    )
  return doubts
}

function foundNothing({ body, isNothing }: PageAnswer, items: string): boolean {
  return isNothing !== true && atPath(body, items) === undefined
}
