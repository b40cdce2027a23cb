import * as z from 'zod'
import { jsonPath } from '../definition/text-rules.js'
import {
  answerValue,
  fieldRead,
  flagAt,
  isNothing,
  nameFits,
  answerFieldName,
} from './answer-values.js'
import { type AnswerField, answerField, type RequestField, requestField } from './fields.js'
import { isFieldValue, type Position, valueAt, withValue } from './position.js'
import type { NextPage, PageAnswer, PaginationStyle } from './style.js'

export interface CursorPagination {
  readonly style: 'cursor'
  /** Where a page gives the cursor of the next one; nothing there: it was the last. */
  readonly from: AnswerField
  readonly to: RequestField
  /** Path of a flag that says whether there are more: then the cursor alone does not end the reading. */
  readonly more?: string | undefined
  /** Path of a flag that is true on the last page (`end_of_stream`); in place of `more`. */
  readonly end?: string | undefined
  /** The cursor stands alone: the sync's own input is sent with the first page only. */
  readonly alone?: true | undefined
}

/**
 * Pages that give a cursor for the next one:
 * `cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' }, more: 'meta.has_more' })`.
 */
export function cursor(options: Omit<CursorPagination, 'style'>): CursorPagination {
  return { style: 'cursor', ...options }
}

/** It goes into every checkpoint. */
const MAX_CURSOR_LENGTH = 8192

/** A page gives a cursor in its body or a header; the next one is asked for with it. */
export const cursorStyle: PaginationStyle<CursorPagination> = {
  style: 'cursor',
  madeBy: 'cursor()',
  schema: z
    .strictObject({
      style: z.literal('cursor'),
      from: answerField,
      to: requestField,
      more: z.exactOptional(jsonPath),
      end: z.exactOptional(jsonPath),
      alone: z.exactOptional(z.literal(true)),
    })
    .refine(({ more, end }) => more === undefined || end === undefined, {
      path: ['end'],
      message: 'is in place of more: name the flag that the API has',
    }),
  examples: {
    '': `paginate: cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' } })`,
    to: `paginate: cursor({ from: { header: 'X-Next' }, to: { header: 'X-Cursor' } })`,
    more: `paginate: cursor({ from: { body: 'meta.next' }, to: { query: 'cursor' }, more: 'meta.has_more' })`,
  },
  sets: ({ to }) => [{ path: ['to'], field: to }],
  reads: (answer, { from }) => [fieldRead(answer, from)],
  isAlone: ({ alone }) => alone === true,
  next: (answer, pagination) => {
    const { from, to, more, end, alone } = pagination
    const { asked, records } = answer
    const given = answerValue(answer, from)
    const isEnd = isNothing(given) || given === 0 || given === '0'
    const flag = more ?? end
    if (flag !== undefined) {
      const value = flagAt(answer, flag)
      // Where there is no record, a flag may be left out with everything else.
      if (value === undefined && !(isEnd && answer.isNothing === true))
        return { outcome: 'unreadable', what: `'${flag}'` }
      if (value === undefined || value === (more === undefined))
        return { outcome: 'end', doubt: cursorDoubt(answer, pagination, isEnd) }
    }
    if (isEnd && flag === undefined) return { outcome: 'end' }
    if (!isFieldValue(given) || isEnd) return { outcome: 'unreadable', what: answerFieldName(from) }
    if (String(given).length > MAX_CURSOR_LENGTH)
      return {
        outcome: 'stuck',
        why: `${answerFieldName(from)} is longer than ${MAX_CURSOR_LENGTH} characters`,
      }
    if (records.length === 0 && String(valueAt(asked, to)) === String(given))
      return {
        outcome: 'end',
        repeats: true,
        doubt:
          flag === undefined
            ? undefined
            : `a page without records repeats its cursor, though the flag '${flag}' says that there are more: records may be missing`,
      }
    return {
      outcome: 'next',
      position: withValue(alone === true ? withoutInput(asked) : asked, to, given),
    }
  },
}

/** The flag ends the reading at once, although the page names a next one: the flag may mean the opposite. */
function cursorDoubt(
  { isFirst, asked, ...answer }: PageAnswer,
  { from, to, more, end = '' }: CursorPagination,
  isEnd: boolean,
): (NextPage & { readonly outcome: 'end' })['doubt'] {
  const given = String(answerValue(answer, from))
  if (!isFirst || isEnd || given === String(valueAt(asked, to))) return undefined
  // APIs with a flag for the end often give a cursor on every page.
  if (more === undefined && nameFits(end, 'end') === true) return undefined
  const [is, other] = more === undefined ? [end, 'more'] : [more, 'end']
  return `the first page was the last by the flag '${is}', though it gives a cursor at ${answerFieldName(from)}: if the flag means the opposite, write it as '${other}'`
}

/** The path alone, without what the sync's input adds to it. */
function withoutInput({ url }: Position): Position {
  const alone = new URL(url)
  alone.search = ''
  return { url: alone }
}
