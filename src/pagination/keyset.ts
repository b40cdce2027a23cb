import * as z from 'zod'
import { atPath } from '../definition/at-path.js'
import { jsonPath } from '../definition/text-rules.js'
import { type Param, type RequestField, requestField, toField } from './fields.js'
import { compareTuples, type Key, outOfOrder, toKey } from './key-order.js'
import { nextInclusive } from './keyset-inclusive.js'
import { type FieldValue, type Position, valueAt, withValue } from './position.js'
import {
  byFlag,
  byPage,
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
  toSize,
  withSize,
} from './stop-rules.js'
import type { NextPage, PageAnswer, PaginationStyle } from './style.js'

/** One part of the key that records are in order of. */
export interface KeysetKey {
  readonly param: RequestField
  /** Path in a record of what goes into `param`. */
  readonly field: string
}

export interface KeysetPagination {
  readonly style: 'keyset'
  /** Together unique, unless `inclusive`. */
  readonly by: readonly KeysetKey[]
  /** The API gives the records of the key itself again, so that they are told apart by id. */
  readonly inclusive?:
    | {
        /** Path of a record's id. */
        readonly id: string
        /** Skips records inside one value of the key, where a page can be full of it. */
        readonly offset?: RequestField | undefined
      }
    | undefined
  readonly size?: PageSize | undefined
  readonly stop: Exclude<StopRule, { readonly total: unknown }>
}

export interface KeyOption {
  readonly param: Param
  readonly field: string
}

/**
 * Records in ascending order of a key, asked for from the last one that was read:
 * `keyset({ by: { param: 'since_id', field: 'id' } })`. A timestamp is no unique key: give a second one,
 * `by: [{ param: 'updated_after', field: 'updated_at' }, { param: 'id_after', field: 'id' }]`, or, where
 * the API gives the records of that moment again, say `inclusive: { id: 'id' }` and a size.
 */
export function keyset(options: {
  readonly by: KeyOption | readonly KeyOption[]
  readonly inclusive?: { readonly id: string; readonly offset?: Param | undefined } | undefined
  readonly size?: SizeOption | undefined
  /** Default `empty-page`. */
  readonly stop?: KeysetPagination['stop'] | undefined
}): KeysetPagination {
  const { inclusive, size, stop = 'empty-page' } = options
  const by = [options.by].flat() as readonly KeyOption[]
  return {
    style: 'keyset',
    by: by.map(({ param, field }) => ({ param: toField(param), field })),
    inclusive: inclusive && {
      id: inclusive.id,
      offset: inclusive.offset === undefined ? undefined : toField(inclusive.offset),
    },
    size: toSize(size),
    stop,
  }
}

/** Records in ascending order of a key; a page is asked for from the last record before it. */
export const keysetStyle: PaginationStyle<KeysetPagination> = {
  style: 'keyset',
  madeBy: 'keyset()',
  schema: z
    .strictObject({
      style: z.literal('keyset'),
      by: z
        .array(z.strictObject({ param: requestField, field: jsonPath }))
        .min(1)
        .max(5),
      inclusive: z.exactOptional(
        z.strictObject({ id: jsonPath, offset: z.exactOptional(requestField) }),
      ),
      size: z.exactOptional(sizeSchema),
      stop: z.union([...byPage, byFlag], { message: `must be ${STOP_RULES}` }),
    })
    .superRefine(needsSize)
    .refine(({ inclusive, by }) => inclusive === undefined || by.length === 1, {
      path: ['inclusive'],
      message: 'goes with one key: several keys together are unique and need no id',
    })
    .refine(({ inclusive, size }) => inclusive === undefined || size !== undefined, {
      path: ['size'],
      message: 'is needed with inclusive: a page full of one timestamp can only be told by it',
    }),
  examples: {
    '': `paginate: keyset({ by: { param: 'since_id', field: 'id' } })`,
    by: `paginate: keyset({ by: [{ param: 'updated_after', field: 'updated_at' }, { param: 'id_after', field: 'id' }] })`,
    inclusive: `paginate: keyset({ by: { param: 'updated_from', field: 'updated_at' }, inclusive: { id: 'id' }, size: { param: 'limit', value: 200 } })`,
    size: `paginate: keyset({ by: { param: 'since_id', field: 'id' }, size: { param: 'limit', value: 200 } })`,
  },
  sets: ({ by, inclusive, size }) => [
    ...by.map(({ param }, at) => ({ path: ['by', at, 'param'], field: param })),
    ...[inclusive?.offset]
      .filter((field) => field !== undefined)
      .map((field) => ({ path: ['inclusive', 'offset'], field })),
    ...setsOfSize(size),
  ],
  isCounted: ({ inclusive }) => inclusive?.offset !== undefined,
  reads: (answer, { stop }) => readsOf(answer, stop),
  first: (input, { size }, baseBody) => withSize(input, size, baseBody),
  next: (answer, pagination) => {
    const { by, inclusive } = pagination
    const keys: (readonly Key[])[] = []
    for (const record of answer.records) {
      const tuple = by.map(({ field }) => toKey(atPath(record, field)))
      const missing = by[tuple.indexOf(undefined)]
      if (missing !== undefined)
        return {
          outcome: 'stuck',
          why: `record ${keys.length + 1} has no usable value at '${missing.field}': it must be a text, or a number small enough to be exact in JSON`,
        }
      keys.push(tuple as readonly Key[])
    }
    const [key] = by
    if (inclusive === undefined || key === undefined) return nextExclusive(answer, pagination, keys)
    const single = keys.flatMap(([only]) => (only === undefined ? [] : [only]))
    return nextInclusive(answer, { ...pagination, key, inclusive }, single)
  },
}

/** The key is unique and the API gives what comes after it. */
function nextExclusive(
  answer: PageAnswer,
  { by, size, stop }: KeysetPagination,
  keys: readonly (readonly Key[])[],
): NextPage {
  const { asked, isFirst, records } = answer
  const fields = by.map(({ field }) => `'${field}'`).join(' and ')
  let before = isFirst ? undefined : askedKeys(asked, by)
  for (const [at, tuple] of keys.entries()) {
    const step = before === undefined ? undefined : compareTuples(before, tuple)
    if (step === 0)
      return {
        outcome: 'stuck',
        why:
          at === 0
            ? `the page begins with the record that it was asked to begin after: say that the key is inclusive`
            : `records ${at} and ${at + 1} have the same ${fields}, so one between two pages could be lost: name a further key in 'by', or an inclusive parameter`,
      }
    if (step !== undefined && step > 0) return { outcome: 'stuck', why: outOfOrder(at, fields) }
    before = tuple
  }
  const end = endsBy(stop, answer, sizeAsked(asked, size))
  if (end !== undefined) return end
  const last = records.at(-1)
  if (last === undefined)
    return { outcome: 'stuck', why: 'it gives no record and says that there are more' }
  const position = by.reduce(
    (made, { param, field }) => withValue(made, param, atPath(last, field) as FieldValue),
    asked,
  )
  return { outcome: 'next', position }
}

function askedKeys(asked: Position, by: KeysetPagination['by']): readonly Key[] | undefined {
  const keys = by.map(({ param }) => toKey(valueAt(asked, param)))
  return keys.includes(undefined) ? undefined : (keys as readonly Key[])
}
