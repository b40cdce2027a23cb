import type { CursorPagination } from '../../../src/connectors/pagination.js'
import { withValue } from '../position.js'
import { flagAt, isNothing, nameOf, toldAt } from './answer-values.js'
import type { PaginationStyle } from './pagination-style.js'

/** It goes into every checkpoint. */
const MAX_LENGTH = 8192

/** A page tells a cursor in its body or a header; the next one is asked for with it. */
export const cursorStyle: PaginationStyle<CursorPagination> = {
  style: 'cursor',
  next: (answer, { from, to, more }) => {
    if (more !== undefined) {
      const goesOn = flagAt(answer, more)
      if (goesOn === undefined) return { found: 'unreadable', what: `'${more}'` }
      if (!goesOn) return { found: 'end' }
    }
    const told = toldAt(answer, from)
    if (isNothing(told) && more === undefined) return { found: 'end' }
    if ((typeof told !== 'string' && typeof told !== 'number') || told === '')
      return { found: 'unreadable', what: nameOf(from) }
    if (String(told).length > MAX_LENGTH)
      return { found: 'stuck', why: `${nameOf(from)} is longer than ${MAX_LENGTH} characters` }
    return { found: 'next', position: withValue(answer.asked, to, told) }
  },
}
