/** Longer ones are not converted, which would take long: they stay texts. */
const MAX_DIGITS = 1000
/** A number of JSON that may be written as it is. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Set for one synchronous `JSON.stringify`, which calls `toJSON` without an argument of ours, and taken back after it. */
let written: ((number: string) => string) | undefined

/**
 * A number of a JSON text that a JavaScript number would change: with more digits than that holds, or
 * out of its range (`0.1234567890123456789`, `1e400`). Whole numbers in plain digits are a `bigint` instead.
 *
 * As text it is its digits, also in `JSON.stringify`. Nothing is calculated with it: that throws.
 */
export class ExactNumber {
  readonly #text: string

  /** @throws RangeError for what is no number of JSON */
  constructor(text: string) {
    if (!NUMBER.test(text)) throw new RangeError('no number of JSON')
    this.#text = text
  }

  toString(): string {
    return this.#text
  }

  toJSON(): string {
    return written === undefined ? this.#text : written(this.#text)
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint !== 'number') return this.#text
    throw new TypeError('this number has more digits than a JavaScript number holds: take its text')
  }
}

/** A number that is held digit by digit. */
export type ExactValue = bigint | ExactNumber

export function isExact(value: unknown): value is ExactValue {
  return typeof value === 'bigint' || value instanceof ExactNumber
}

/** The text of a text, or of a number of whatever kind to its last digit; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || isExact(value) ? String(value) : undefined
}

/** @param text a number of JSON that {@link isChanged} says a JavaScript number would change */
export function toExact(text: string): ExactValue {
  return /^-?\d+$/.test(text) && text.length <= MAX_DIGITS ? BigInt(text) : new ExactNumber(text)
}

/** Whether a JavaScript number would change a number of JSON: its digits, not the way it is written (`1.0`, `1e2`). */
export function isChanged(text: string): boolean {
  const value = Number(text)
  if (/^-?\d+$/.test(text)) return !Number.isSafeInteger(value)
  return (
    String(value) !== text &&
    (!Number.isFinite(value) || digitsOf(text) !== digitsOf(String(value)))
  )
}

/** Runs a `JSON.stringify` in which the exact numbers are what `write` makes of them. */
export function writingExact<T>(write: (number: string) => string, stringify: () => T): T {
  const before = written
  written = write
  try {
    return stringify()
  } finally {
    written = before
  }
}

/** A number in one notation: `1.50` and `15e-1` are both `15e-1`. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  const scale = Number(exponent) - fraction.length + (digits.length - short.length)
  return `${sign}${short}e${scale}`
}
