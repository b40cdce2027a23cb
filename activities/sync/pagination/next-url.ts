import type { NextUrlPagination } from '../../../src/connectors/pagination.js'
import { atPath } from '../../../src/definition/at-path.js'
import { isNothing } from './answer-values.js'
import type { PaginationStyle } from './pagination-style.js'

/** A page holds the URL of the next one. A relative one is resolved against the page's own URL. */
export const nextUrlStyle: PaginationStyle<NextUrlPagination> = {
  style: 'next-url',
  next: ({ body, url }, { path }) => {
    const told = atPath(body, path)
    if (isNothing(told)) return { found: 'end' }
    if (typeof told !== 'string' || !URL.canParse(told, url.href))
      return { found: 'unreadable', what: `'${path}'` }
    return { found: 'next', position: { url: new URL(told, url.href) } }
  },
}
