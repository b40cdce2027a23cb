import type { AnswerPlace, RequestPlace } from '../../../src/connectors/pagination.js'
import { atPath } from '../../../src/definition/at-path.js'
import { firstHeader } from '../../../src/wire/header-lines.js'
import { type Position, valueAt } from '../position.js'
import type { PageAnswer, ToldPlace } from './pagination-style.js'

type Told = Pick<PageAnswer, 'headers' | 'body'>

/** What an answer says at a place. */
export function toldAt({ headers, body }: Told, place: AnswerPlace): unknown {
  return 'body' in place ? atPath(body, place.body) : firstHeader(headers, place.header)
}

/** A count that an answer tells, as a number or as digits; undefined: there is none. */
export function countAt(answer: Told, place: AnswerPlace): number | undefined {
  return toCount(toldAt(answer, place))
}

/** A flag that an answer tells; undefined: there is none. */
export function flagAt({ body }: Told, path: string): boolean | undefined {
  const told = atPath(body, path)
  if (told === true || told === 'true' || told === 1) return true
  return told === false || told === 'false' || told === 0 ? false : undefined
}

/**
 * A place of a page, and whether the page has it. It can't be misspelt where a page without records holds
 * nothing in its body that could be it.
 */
export function placeIn(answer: PageAnswer, place: AnswerPlace): ToldPlace {
  const isThere =
    toldAt(answer, place) !== undefined ||
    ('body' in place && answer.records.length === 0 && !holdsAny(answer.body))
  return { name: nameOf(place), isThere }
}

/** Whether there is a text, a number above 0, a true or a list with something in it anywhere in a value. */
export function holdsAny(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (Array.isArray(value)) return value.length > 0
  return Object.values(value).some(holdsAny)
}

/** A count that a page was asked for with. */
export function askedCount(asked: Position, place: RequestPlace): number | undefined {
  return toCount(valueAt(asked, place))
}

/** A cursor or URL that is not there, in the words of APIs. */
export function isNothing(told: unknown): boolean {
  return told === undefined || told === null || told === '' || told === false
}

/** A place of an answer, for messages: names of the definition only. */
export function nameOf(place: AnswerPlace): string {
  return 'body' in place ? `'${place.body}'` : `its header ${place.header}`
}

function toCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined
}
