import type { PageNumberPagination } from '../../../src/connectors/pagination.js'
import { withDefault, withValue } from '../position.js'
import { askedCount, countAt, nameOf, placeIn } from './answer-values.js'
import type { NextPage, PageAnswer, PaginationStyle } from './pagination-style.js'
import { endsBy, placesOf, sizeAsked, withSize } from './stop-rules.js'

/** Pages are asked for by number. */
export const pageNumberStyle: PaginationStyle<PageNumberPagination> = {
  style: 'page-number',
  isCounted: () => true,
  places: (answer, { stop }) =>
    typeof stop !== 'string' && 'pages' in stop
      ? [placeIn(answer, stop.pages)]
      : placesOf(answer, stop),
  first: (input, { param, first, size }, baseBody) =>
    withDefault(withSize(input, size, baseBody), param, first, baseBody),
  next: (answer, pagination) => {
    const { param, first } = pagination
    const page = askedCount(answer.asked, param)
    if (page === undefined) return { found: 'stuck', why: 'the page asked for is no number' }
    const end = endOf(answer, pagination, page - first)
    return end ?? { found: 'next', position: withValue(answer.asked, param, page + 1) }
  },
}

/** @param before how many pages come before this one */
function endOf(
  answer: PageAnswer,
  { stop, size }: PageNumberPagination,
  before: number,
): NextPage | undefined {
  const asked = sizeAsked(answer.asked, size)
  if (typeof stop === 'string' || 'more' in stop || 'end' in stop)
    return endsBy(stop, answer, asked)
  const place = 'pages' in stop ? stop.pages : stop.total
  const told = countAt(answer, place)
  if (told === undefined && answer.isNothing === true) return { found: 'end' }
  if (told === undefined) return { found: 'unreadable', what: nameOf(place) }
  if ('pages' in stop) return before + 1 >= told ? { found: 'end' } : undefined
  const full = asked ?? 1
  const expected = Math.max(0, Math.min(full, told - before * full))
  // Its pages are smaller than asked for: by the total the last one would be told too early.
  if (answer.records.length < expected)
    return {
      found: 'stuck',
      why: `a page has fewer records than its size and ${nameOf(place)} say: the API may have a smaller largest size; lower the size, or stop at an empty page`,
    }
  return (before + 1) * full >= told ? { found: 'end' } : undefined
}
