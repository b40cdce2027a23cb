import type { PageSize, StopRule } from '../../../src/connectors/pagination.js'
import { type Position, withDefault } from '../position.js'
import { askedCount, flagAt } from './answer-values.js'
import type { NextPage, PageAnswer } from './pagination-style.js'

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
  if (stop === 'empty-page') return length === 0 ? { found: 'end' } : undefined
  if (stop === 'short-page') return length < (size ?? 1) ? { found: 'end' } : undefined
  const [flag, onLast] = 'more' in stop ? [stop.more, false] : [stop.end, true]
  const told = flagAt(answer, flag)
  // Where there is no record, it may be left out with everything else.
  if (told === undefined && answer.isNothing === true) return { found: 'end' }
  if (told === undefined) return { found: 'unreadable', what: `'${flag}'` }
  return told === onLast ? { found: 'end' } : undefined
}
