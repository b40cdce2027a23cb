import type { OffsetPagination } from '../../../src/connectors/pagination.js'
import { withDefault, withValue } from '../position.js'
import { askedCount, countAt, nameOf } from './answer-values.js'
import type { NextPage, PageAnswer, PaginationStyle } from './pagination-style.js'
import { endsBy, placesOf, sizeAsked, withSize } from './stop-rules.js'

/** Pages are asked for by how many records come before them: as many as really came, not the size. */
export const offsetStyle: PaginationStyle<OffsetPagination> = {
  style: 'offset',
  isCounted: () => true,
  places: (answer, { stop }) => placesOf(answer, stop),
  first: (input, { param, size }, baseBody) =>
    withDefault(withSize(input, size, baseBody), param, 0, baseBody),
  next: (answer, pagination) => {
    const { asked, records } = answer
    const { param } = pagination
    const before = askedCount(asked, param)
    if (before === undefined) return { found: 'stuck', why: 'the offset asked for is no number' }
    const after = before + records.length
    const end = endOf(answer, pagination, after)
    if (end !== undefined) return end
    if (records.length === 0)
      return { found: 'stuck', why: 'it gives no record and says that there are more' }
    return { found: 'next', position: withValue(asked, param, after) }
  },
}

function endOf(
  answer: PageAnswer,
  { stop, size }: OffsetPagination,
  after: number,
): NextPage | undefined {
  if (typeof stop === 'string' || !('total' in stop))
    return endsBy(stop, answer, sizeAsked(answer.asked, size))
  const total = countAt(answer, stop.total)
  if (total === undefined && answer.isNothing === true) return { found: 'end' }
  if (total === undefined) return { found: 'unreadable', what: nameOf(stop.total) }
  return after >= total ? { found: 'end' } : undefined
}
