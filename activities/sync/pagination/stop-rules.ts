import type { PageSize, StopRule } from '../../../src/connectors/pagination.js'
import { type Position, withDefault } from '../position.js'
import { askedCount, flagAt, placeIn } from './answer-values.js'
import { nameFits } from './flag-names.js'
import type { NextPage, PageAnswer, ToldPlace } from './pagination-style.js'

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
  return told === onLast ? { found: 'end', ...doubtOf(flag, onLast, answer, size) } : undefined
}

/** The flag ends the reading at once, and is called as if it meant the opposite, or the page is full. */
function doubtOf(
  flag: string,
  onLast: boolean,
  { isFirst, records }: PageAnswer,
  size: number | undefined,
): { readonly doubt?: string } {
  const [is, other] = onLast ? (['end', 'more'] as const) : (['more', 'end'] as const)
  const fits = nameFits(flag, is)
  const isFull = size !== undefined && records.length >= size
  if (!isFirst || fits === true || (fits === undefined && !isFull)) return {}
  return {
    doubt: `the first page was the last by the flag '${flag}': if the flag means the opposite, write it as '${other}'`,
  }
}

/** Where a page tells what the rule looks at. */
export function placesOf(answer: PageAnswer, stop: StopRule): readonly ToldPlace[] {
  if (typeof stop === 'string') return []
  if ('total' in stop) return [placeIn(answer, stop.total)]
  return [placeIn(answer, { body: 'more' in stop ? stop.more : stop.end })]
}
