import * as z from 'zod'
import { askedCount } from './answer-values.js'
import { type Param, type RequestField, requestField, toField } from './fields.js'
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

export interface OffsetPagination {
  readonly style: 'offset'
  readonly param: RequestField
  readonly size?: PageSize | undefined
  readonly stop: StopRule
}

/**
 * Pages that are asked for by how many records come before them:
 * `offset({ param: 'offset', size: { param: 'limit', value: 100 }, stop: { total: { body: 'total' } } })`.
 * Records that come or go while it reads move all later ones: some may be doubled or left out.
 */
export function offset(options: {
  readonly param: Param
  readonly size?: SizeOption | undefined
  /** Default `empty-page`. */
  readonly stop?: OffsetPagination['stop'] | undefined
}): OffsetPagination {
  const { param, size, stop = 'empty-page' } = options
  return { style: 'offset', param: toField(param), size: toSize(size), stop }
}

/** Pages are asked for by how many records come before them: as many as really came, not the size. */
export const offsetStyle: PaginationStyle<OffsetPagination> = {
  style: 'offset',
  madeBy: 'offset()',
  schema: z
    .strictObject({
      style: z.literal('offset'),
      param: requestField,
      size: z.exactOptional(sizeSchema),
      stop: z.union([...byPage, byTotal, byFlag], {
        message: `must be ${STOP_RULES} or ${TOTAL_RULE}`,
      }),
    })
    .superRefine(needsSize),
  examples: {
    '': `paginate: offset({ param: 'offset', size: { param: 'limit', value: 100 } })`,
    size: `paginate: offset({ param: 'offset', size: { param: 'limit', value: 100 }, stop: 'short-page' })`,
    stop: `paginate: offset({ param: 'offset', stop: { total: { body: 'meta.total' } } })`,
  },
  sets: ({ param, size }) => [{ path: ['param'], field: param }, ...setsOfSize(size)],
  isCounted: () => true,
  total: ({ stop }) => totalOf(stop),
  reads: (answer, { stop }) => readsOf(answer, stop),
  first: (input, { param, size }, baseBody) =>
    withDefault(withSize(input, size, baseBody), param, 0, baseBody),
  guess: (asked, { param, size }) => {
    const before = askedCount(asked, param)
    const count = sizeAsked(asked, size)
    if (before === undefined || count === undefined) return undefined
    return withValue(asked, param, before + count)
  },
  next: (answer, pagination) => {
    const { asked, records } = answer
    const { param } = pagination
    const before = askedCount(asked, param)
    if (before === undefined) return { outcome: 'stuck', why: 'the offset asked for is no number' }
    const after = before + records.length
    const end = offsetEnd(answer, pagination, after)
    if (end !== undefined) return end
    if (records.length === 0)
      return { outcome: 'stuck', why: 'it gives no record and says that there are more' }
    return { outcome: 'next', position: withValue(asked, param, after) }
  },
}

function offsetEnd(
  answer: PageAnswer,
  { stop, size }: OffsetPagination,
  after: number,
): NextPage | undefined {
  if (typeof stop === 'string' || !('total' in stop))
    return endsBy(stop, answer, sizeAsked(answer.asked, size))
  const total = toldCount(answer, stop.total)
  if (typeof total !== 'number') return total
  return after >= total ? { outcome: 'end' } : undefined
}
