import type { NextUrlPagination } from '../../../src/connectors/pagination.js'
import { atPath } from '../../../src/definition/at-path.js'
import { isNothing, placeIn } from './answer-values.js'
import { linkedPage } from './linked-page.js'
import type { PaginationStyle } from './pagination-style.js'

/** A page holds the URL of the next one. A relative one is resolved against the page's own URL. */
export const nextUrlStyle: PaginationStyle<NextUrlPagination> = {
  style: 'next-url',
  places: (answer, { path }) => [placeIn(answer, { body: path })],
  next: (answer, { path, relativeTo }) => {
    const told = atPath(answer.body, path)
    if (isNothing(told)) return { found: 'end' }
    if (typeof told !== 'string') return { found: 'unreadable', what: `'${path}'` }
    return linkedPage(answer, told, relativeTo, `'${path}'`)
  },
}
