import { isPlainText } from './outside-values.js'
import type { IncrementalSync, SyncEnd, Watermark } from './sync.js'

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/
const MAX_WATERMARK_LENGTH = 200
/** A number in decimal digits. One with many digits is kept as a text. */
const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/
const LONG_DIGITS = /\d{16}/

export interface ExactMoment {
  readonly ms: number
  /** Twelve digits. */
  readonly fraction: string
}

/** Whether a value can be a watermark: a number that is exact, or a plain text of 1 to 200 characters. */
export function isWatermark(value: unknown): value is Watermark {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER
  return isPlainText(value, 4 * MAX_WATERMARK_LENGTH) && value.length <= MAX_WATERMARK_LENGTH
}

/**
 * Above 0 where `a` is the higher one. Two numbers are compared as numbers, two moments in ISO 8601 as
 * moments (without an offset as UTC; to the last digit), anything else letter by letter.
 */
export function compareWatermarks(a: Watermark, b: Watermark): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  const [first, second] = [toMoment(left), toMoment(right)]
  const isLong = LONG_DIGITS.test(left) || LONG_DIGITS.test(right)
  const exact = isLong ? compareDigits(left, right) : undefined
  if (exact !== undefined) return exact
  if (first === undefined || second === undefined) return compareTexts(left, right)
  return first.ms - second.ms || compareTexts(first.fraction, second.fraction)
}

/** The higher one, where there are two. */
export function higherWatermark(
  a: Watermark | undefined,
  b: Watermark | undefined,
): Watermark | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareWatermarks(a, b) >= 0 ? a : b
}

/** Two numbers by all their digits; undefined where one is none. */
function compareDigits(left: string, right: string): number | undefined {
  const [a, b] = [DECIMAL.exec(left), DECIMAL.exec(right)]
  if (a === null || b === null) return undefined
  const places = Math.max(a[3]?.length ?? 0, b[3]?.length ?? 0)
  const scaled = ([, sign = '', whole = '', part = '']: RegExpExecArray): bigint =>
    BigInt(`${sign}${whole}${part.padEnd(places, '0')}`)
  const [one, other] = [scaled(a), scaled(b)]
  return one === other ? 0 : one < other ? -1 : 1
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** A moment of ISO 8601 (without an offset as UTC): whole seconds, and what is behind them, as `Date` knows no more than milliseconds. */
export function toMoment(text: string): ExactMoment | undefined {
  const match = MOMENT.exec(text)
  if (match === null) return undefined
  const [, date = '', minutes = '00:00', seconds = '00', fraction = '', offset = 'Z'] = match
  const [, sign, hours, rest = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? []
  const zone = sign === undefined || hours === undefined ? 'Z' : `${sign}${hours}:${rest}`
  const ms = Date.parse(`${date}T${minutes}:${seconds}${zone}`)
  return Number.isNaN(ms) ? undefined : { ms, fraction: fraction.padEnd(12, '0') }
}

/** The source of an incremental run as its pages are read: with the watermark that it began with. */
export function incrementalSource(
  from: SyncEnd,
  incremental: IncrementalSync | undefined,
  since: Watermark | undefined,
): SyncEnd {
  if (incremental === undefined || since === undefined) return from
  return { ...from, input: { ...from.input, [incremental.param]: since } }
}
