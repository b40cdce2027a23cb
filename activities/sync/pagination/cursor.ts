import type { CursorPagination } from '../../../src/connectors/pagination.js'
import { isRecordId } from '../outgoing-record.js'
import { type Position, valueAt, withValue } from '../position.js'
import { flagAt, isNothing, nameOf, placeIn, toldAt } from './answer-values.js'
import { nameFits } from './flag-names.js'
import type { NextPage, PageAnswer, PaginationStyle } from './pagination-style.js'

/** It goes into every checkpoint. */
const MAX_LENGTH = 8192

/** A page tells a cursor in its body or a header; the next one is asked for with it. */
export const cursorStyle: PaginationStyle<CursorPagination> = {
  style: 'cursor',
  places: (answer, { from }) => [placeIn(answer, from)],
  next: (answer, pagination) => {
    const { from, to, more, end, alone } = pagination
    const { asked, records } = answer
    const told = toldAt(answer, from)
    const isEnd = isNothing(told) || told === 0 || told === '0'
    const flag = more ?? end
    if (flag !== undefined) {
      const value = flagAt(answer, flag)
      // Where there is no record, a flag may be left out with everything else.
      if (value === undefined && !(isEnd && answer.isNothing === true))
        return { found: 'unreadable', what: `'${flag}'` }
      if (value === undefined || value === (more === undefined))
        return { found: 'end', ...doubt(answer, pagination, isEnd) }
    }
    if (isEnd && flag === undefined) return { found: 'end' }
    if (!isRecordId(told) || isEnd) return { found: 'unreadable', what: nameOf(from) }
    if (String(told).length > MAX_LENGTH)
      return { found: 'stuck', why: `${nameOf(from)} is longer than ${MAX_LENGTH} characters` }
    if (records.length === 0 && String(valueAt(asked, to)) === String(told))
      return { found: 'end', repeats: true, ...(flag === undefined ? {} : contradiction(flag)) }
    return { found: 'next', position: withValue(alone === true ? bare(asked) : asked, to, told) }
  },
}

/** The flag ends the reading at once, and the page tells how it would go on: the flag may mean the opposite. */
function doubt(
  { isFirst, asked, ...answer }: PageAnswer,
  { from, to, more, end = '' }: CursorPagination,
  isEnd: boolean,
): Pick<NextPage & { readonly found: 'end' }, 'doubt'> {
  const told = String(toldAt(answer, from))
  if (!isFirst || isEnd || told === String(valueAt(asked, to))) return {}
  // APIs with a flag for the end often give a cursor on every page.
  if (more === undefined && nameFits(end, 'end') === true) return {}
  const [is, other] = more === undefined ? [end, 'more'] : [more, 'end']
  return {
    doubt: `the first page was the last by the flag '${is}', though it gives a cursor at ${nameOf(from)}: if the flag means the opposite, write it as '${other}'`,
  }
}

function contradiction(flag: string): { readonly doubt: string } {
  return {
    doubt: `a page without records repeats its cursor, though the flag '${flag}' says that there are more: records may be missing`,
  }
}

/** Without what the sync's input says beside the path. */
function bare({ url }: Position): Position {
  const alone = new URL(url)
  alone.search = ''
  return { url: alone }
}
