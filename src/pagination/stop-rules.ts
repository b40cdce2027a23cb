import * as z from 'zod'
import { jsonPath } from '../definition/text-rules.js'
import {
  answerFieldName,
  askedCount,
  countAt,
  fieldRead,
  flagAt,
  nameFits,
} from './answer-values.js'
import {
  type AnswerField,
  answerField,
  type FieldSet,
  type Param,
  type RequestField,
  requestField,
  toField,
} from './fields.js'
import { type Position, withDefault } from './position.js'
import type { FieldRead, NextPage, PageAnswer } from './style.js'

/** How many records a page is asked for. */
export interface PageSize {
  /** Absent: the API has one size, which can't be chosen. */
  readonly param?: RequestField | undefined
  readonly value: number
}

export interface SizeOption {
  readonly param?: Param | undefined
  readonly value: number
}

/**
 * How the last page is known. `empty-page` costs one request more and believes nothing; `short-page`
 * needs a size that the API keeps to.
 */
export type StopRule =
  | 'empty-page'
  | 'short-page'
  /** Number of all records. */
  | { readonly total: AnswerField }
  /** Path of a flag that says whether there are more. */
  | { readonly more: string }
  /** Path of a flag that is true on the last page. */
  | { readonly end: string }

export const sizeSchema = z.strictObject({
  param: z.exactOptional(requestField),
  value: z.int().min(1).max(100_000),
})
export const byPage = [z.literal('empty-page'), z.literal('short-page')] as const
export const byFlag = z.union([
  z.strictObject({ more: jsonPath }),
  z.strictObject({ end: jsonPath }),
])
export const byTotal = z.strictObject({ total: answerField })

/** The rules of every counting style, and the one with a total, for messages. */
export const STOP_RULES = `{ end: 'path' }, 'empty-page', 'short-page', { more: 'path' }`
export const TOTAL_RULE = `{ total: { body: 'path' } }`

/** A short page is the last only where it is known how many records a full one has. */
export function needsSize(
  { size, stop }: { readonly size?: unknown; readonly stop: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (stop !== 'short-page' || size !== undefined) return
  const message = 'is needed where a short page is the last: how many records a full one has'
  context.addIssue({ code: 'custom', path: ['size'], message })
}

export function toSize(size: SizeOption | undefined): PageSize | undefined {
  if (size === undefined) return undefined
  const { param, value } = size
  return { param: param === undefined ? undefined : toField(param), value }
}

/** The field of a request that the size goes into. */
export function setsOfSize(size: PageSize | undefined): readonly FieldSet[] {
  return size?.param === undefined ? [] : [{ path: ['size', 'param'], field: size.param }]
}

/** How many records the page was to have; undefined: nothing says. */
export function sizeAsked(asked: Position, size: PageSize | undefined): number | undefined {
  if (size === undefined) return undefined
  return (size.param === undefined ? undefined : askedCount(asked, size.param)) ?? size.value
}

export function withSize(
  position: Position,
  size: PageSize | undefined,
  baseBody: unknown,
): Position {
  if (size?.param === undefined) return position
  return withDefault(position, size.param, size.value, baseBody)
}

/** The field in which the rule finds how many records there are in all. */
export function totalOf(stop: StopRule | { readonly pages: unknown }): AnswerField | undefined {
  return typeof stop === 'object' && 'total' in stop ? stop.total : undefined
}

/**
 * What the rules say that every counting style shares.
 * @returns undefined where the reading goes on
 */
export function endsBy(
  stop: Exclude<StopRule, { readonly total: unknown }>,
  answer: PageAnswer,
  size: number | undefined,
): NextPage | undefined {
  const { length } = answer.records
  if (stop === 'empty-page') return length === 0 ? { outcome: 'end' } : undefined
  if (stop === 'short-page') return length < (size ?? 1) ? { outcome: 'end' } : undefined
  const [flag, onLast] = 'more' in stop ? [stop.more, false] : [stop.end, true]
  const value = flagAt(answer, flag)
  // Where there is no record, it may be left out with everything else.
  if (value === undefined && answer.isNothing === true) return { outcome: 'end' }
  if (value === undefined) return { outcome: 'unreadable', what: `'${flag}'` }
  return value === onLast
    ? { outcome: 'end', doubt: doubtOf(flag, onLast, answer, size) }
    : undefined
}

/** The flag ends the reading at once, and is called as if it meant the opposite, or the page is full. */
function doubtOf(
  flag: string,
  onLast: boolean,
  { isFirst, records }: PageAnswer,
  size: number | undefined,
): string | undefined {
  const [is, other] = onLast ? (['end', 'more'] as const) : (['more', 'end'] as const)
  const fits = nameFits(flag, is)
  const isFull = size !== undefined && records.length >= size
  if (!isFirst || fits === true || (fits === undefined && !isFull)) return undefined
  return `the first page was the last by the flag '${flag}': if the flag means the opposite, write it as '${other}'`
}

/** The field of a page that the rule looks at. */
export function readsOf(answer: PageAnswer, stop: StopRule): readonly FieldRead[] {
  if (typeof stop === 'string') return []
  if ('total' in stop) return [fieldRead(answer, stop.total)]
  return [fieldRead(answer, { body: 'more' in stop ? stop.more : stop.end })]
}

/** The count in an answer, or what follows where the answer holds none. */
export function toldCount(answer: PageAnswer, field: AnswerField): number | NextPage {
  const count = countAt(answer, field)
  if (count !== undefined) return count
  if (answer.isNothing === true) return { outcome: 'end' }
  return { outcome: 'unreadable', what: answerFieldName(field) }
}
