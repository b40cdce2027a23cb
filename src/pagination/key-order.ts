import { type ExactMoment, toMoment } from '../contract/watermark.js'

/** A value that records are in order of, ready to be compared. */
export type Key =
  | { readonly kind: 'number'; readonly text: string; readonly number: number }
  | { readonly kind: 'digits'; readonly text: string }
  | { readonly kind: 'moment'; readonly text: string; readonly moment: ExactMoment }
  | { readonly kind: 'text'; readonly text: string }

const DIGITS = /^(?:0|[1-9]\d{0,99})$/
/** Sorted alike by every collation where the length is the same: UUID, ULID, ObjectId, ISO 8601 without zone. */
const PLAIN = /^(?:[0-9a-z:. -]+|[0-9A-Z:. -]+)$/
const MAX_KEY_LENGTH = 500

/** A number, digits, a moment of ISO 8601 to its last digit, or a text; undefined: none of these. */
export function toKey(value: unknown): Key | undefined {
  // Below zero the digits would be in the wrong order.
  if (typeof value === 'bigint') return value < 0n ? undefined : toKey(String(value))
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      return undefined
    return { kind: 'number', text: String(value), number: value }
  }
  if (typeof value !== 'string' || value === '' || value.length > MAX_KEY_LENGTH) return undefined
  if (DIGITS.test(value)) return { kind: 'digits', text: value }
  const moment = toMoment(value)
  return moment === undefined
    ? { kind: 'text', text: value }
    : { kind: 'moment', text: value, moment }
}

/** Below, at or above 0 as the first comes before, with or after the second; undefined: nobody but the API knows. */
export function compareKeys(a: Key, b: Key): number | undefined {
  if (a.text === b.text) return 0
  if (a.kind === 'moment' && b.kind === 'moment')
    return a.moment.ms - b.moment.ms || order(a.moment.fraction, b.moment.fraction)
  if (a.kind === 'number' && b.kind === 'number') return a.number - b.number
  // A number of a record comes back as digits out of the URL.
  if (isNumeric(a) && isNumeric(b))
    return a.kind === 'digits' && b.kind === 'digits'
      ? a.text.length - b.text.length || order(a.text, b.text)
      : Number(a.text) - Number(b.text)
  if (a.kind !== 'text' || b.kind !== 'text' || a.text.length !== b.text.length) return undefined
  return PLAIN.test(a.text) && PLAIN.test(b.text) ? order(a.text, b.text) : undefined
}

/** Several keys, the first one counting most. */
export function compareTuples(a: readonly Key[], b: readonly Key[]): number | undefined {
  for (const [at, key] of a.entries()) {
    const other = b[at]
    const result = other === undefined ? undefined : compareKeys(key, other)
    if (result !== 0) return result
  }
  return 0
}

/** @param at how many records of the page come before the one that is out of order */
export function outOfOrder(at: number, fields: string): string {
  const where =
    at === 0
      ? 'the page begins before what it was asked for'
      : `record ${at + 1} comes before ${at}`
  return `${where} in the order of ${fields}: records must come in ascending order of it; ask for that order in the sync's input`
}

function isNumeric({ kind }: Key): boolean {
  return kind === 'number' || kind === 'digits'
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
