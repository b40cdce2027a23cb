import { atPath, lastNameOf } from '../definition/at-path.js'
import { firstHeader } from '../wire/header-lines.js'
import type { AnswerField, RequestField } from './fields.js'
import { type Position, valueAt } from './position.js'
import type { FieldRead, PageAnswer } from './style.js'

type Answer = Pick<PageAnswer, 'headers' | 'body'>

const LIKE_MORE = /more|next|continu|remain|pending/i
const LIKE_END = /end|last|done|complete|finish|final|eof|exhaust|stop/i

/** What an answer holds in a field. */
export function answerValue({ headers, body }: Answer, field: AnswerField): unknown {
  return 'body' in field ? atPath(body, field.body) : firstHeader(headers, field.header)
}

/** A count that an answer gives, as a number or as digits; undefined: there is none. */
export function countAt(answer: Answer, field: AnswerField): number | undefined {
  return toCount(answerValue(answer, field))
}

/** A flag that an answer gives; undefined: there is none. */
export function flagAt({ body }: Answer, path: string): boolean | undefined {
  const value = atPath(body, path)
  if (value === true || value === 'true' || value === 1) return true
  return value === false || value === 'false' || value === 0 ? false : undefined
}

/**
 * Whether a flag's name fits what it is declared as; undefined: its name says neither. It is for doubts
 * only: what a page says is never read otherwise.
 */
export function nameFits(flag: string, declared: 'more' | 'end'): boolean | undefined {
  const name = lastNameOf(flag) ?? flag
  const isLikeMore = LIKE_MORE.test(name)
  if (isLikeMore === LIKE_END.test(name)) return undefined
  return isLikeMore === (declared === 'more')
}

/**
 * A field of a page, and whether the page has it. It can't be misspelt where a page without records holds
 * nothing in its body that could be it.
 */
export function fieldRead(answer: PageAnswer, field: AnswerField): FieldRead {
  const isThere =
    answerValue(answer, field) !== undefined ||
    ('body' in field && answer.records.length === 0 && !holdsAny(answer.body))
  return { name: answerFieldName(field), isThere }
}

/** Whether there is a text, a number above 0, a true or a list with something in it anywhere in a value. */
export function holdsAny(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (Array.isArray(value)) return value.length > 0
  return Object.values(value).some(holdsAny)
}

/** A count that a page was asked for with. */
export function askedCount(asked: Position, field: RequestField): number | undefined {
  return toCount(valueAt(asked, field))
}

/** A cursor or URL that is not there, in the words of APIs. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false
}

/** A field of an answer for messages: it holds names of the definition only. */
export function answerFieldName(field: AnswerField): string {
  return 'body' in field ? `'${field.body}'` : `its header ${field.header}`
}

function toCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined
}
