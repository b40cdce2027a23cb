import * as z from 'zod'
import { answerFieldName, askedCount, fieldRead } from './answer-values.js'
import {
  type AnswerField,
  answerField,
  type Param,
  type RequestField,
  requestField,
  toField,
} from './fields.js'
import { withDefault, withValue } from './position.js'
import {
  byFlag,
  byPage,
  byTotal,
  endsBy,
  needsSize,
  type PageSize,
  readsOf,
  setsOfSize,
  sizeAsked,
  type SizeOption,
  sizeSchema,
  STOP_RULES,
  type StopRule,
  toldCount,
  toSize,
  TOTAL_RULE,
  totalOf,
  withSize,
} from './stop-rules.js'
import type { NextPage, PageAnswer, PaginationStyle } from './style.js'

export interface PageNumberPagination {
  readonly style: 'page-number'
  readonly param: RequestField
  /** The number of the first page. */
  readonly first: number
  readonly size?: PageSize | undefined
  readonly stop:
    | StopRule
    /** Number of all pages. */
    | { readonly pages: AnswerField }
}

/**
 * Pages that are asked for by number: `pageNumber({ param: 'page', stop: { pages: { body: 'pages' } } })`.
 * Records that come or go while it reads move all later ones: some may be doubled or left out.
 */
export function pageNumber(options: {
  readonly param: Param
  /** Default 1. */
  readonly first?: number | undefined
  readonly size?: SizeOption | undefined
  /** Default `empty-page`. */
  readonly stop?: PageNumberPagination['stop'] | undefined
}): PageNumberPagination {
  const { param, first = 1, size, stop = 'empty-page' } = options
  return { style: 'page-number', param: toField(param), first, size: toSize(size), stop }
}

/** Pages are asked for by number. */
export const pageNumberStyle: PaginationStyle<PageNumberPagination> = {
  style: 'page-number',
  madeBy: 'pageNumber()',
  schema: z
    .strictObject({
      style: z.literal('page-number'),
      param: requestField,
      first: z.int().min(0).max(1),
      size: z.exactOptional(sizeSchema),
      stop: z.union([...byPage, byTotal, byFlag, z.strictObject({ pages: answerField })], {
        message: `must be ${STOP_RULES}, ${TOTAL_RULE} or { pages: { body: 'path' } }`,
      }),
    })
    .superRefine(needsSize)
    .refine(({ stop, size }) => size !== undefined || totalOf(stop) === undefined, {
      path: ['size'],
      message: 'is needed where a total tells the last page: how many records a page has',
    }),
  examples: {
    '': `paginate: pageNumber({ param: 'page', size: { param: 'per_page', value: 100 } })`,
    first: `paginate: pageNumber({ param: 'page', first: 0 })`,
    stop: `paginate: pageNumber({ param: 'page', stop: { pages: { body: 'meta.pages' } } })`,
  },
  sets: ({ param, size }) => [{ path: ['param'], field: param }, ...setsOfSize(size)],
  isCounted: () => true,
  total: ({ stop }) => totalOf(stop),
  reads: (answer, { stop }) =>
    typeof stop !== 'string' && 'pages' in stop
      ? [fieldRead(answer, stop.pages)]
      : readsOf(answer, stop),
  first: (input, { param, first, size }, baseBody) =>
    withDefault(withSize(input, size, baseBody), param, first, baseBody),
  guess: (asked, { param }) => {
    const page = askedCount(asked, param)
    return page === undefined ? undefined : withValue(asked, param, page + 1)
  },
  next: (answer, pagination) => {
    const { param, first } = pagination
    const page = askedCount(answer.asked, param)
    if (page === undefined) return { outcome: 'stuck', why: 'the page asked for is no number' }
    const end = lastPage(answer, pagination, page - first)
    return end ?? { outcome: 'next', position: withValue(answer.asked, param, page + 1) }
  },
}

/** @param before how many pages come before this one */
function lastPage(
  answer: PageAnswer,
  { stop, size }: PageNumberPagination,
  before: number,
): NextPage | undefined {
  const asked = sizeAsked(answer.asked, size)
  if (typeof stop === 'string' || 'more' in stop || 'end' in stop)
    return endsBy(stop, answer, asked)
  const field = 'pages' in stop ? stop.pages : stop.total
  const count = toldCount(answer, field)
  if (typeof count !== 'number') return count
  if ('pages' in stop) return before + 1 >= count ? { outcome: 'end' } : undefined
  const full = asked ?? 1
  const expected = Math.max(0, Math.min(full, count - before * full))
  // Its pages are smaller than asked for: by the total, the reading would end too early.
  if (answer.records.length < expected)
    return {
      outcome: 'stuck',
      why: `a page has fewer records than its size and ${answerFieldName(field)} say: the API may have a smaller largest size; lower the size, or stop at an empty page`,
    }
  return (before + 1) * full >= count ? { outcome: 'end' } : undefined
}
