import { isChanged } from './exact-number.js'

/** A number in a text. */
export interface NumberIn {
  readonly from: number
  readonly text: string
}

/** Many digits or an exponent where a number may stand, or in a string that looks like it. */
const UNUSUAL = /(?:^|[\s:,[])(-?\d(?:[\d.]{15}|[\d.]{0,14}[eE][+-]?\d)[\d.eE+-]*)/g

/**
 * The numbers of a text that JavaScript would change, in order.
 * @param json is known to be JSON
 */
export function changedNumbers(json: string): readonly NumberIn[] {
  const changed: NumberIn[] = []
  const isOutside = stringSkipper(json)
  for (const { 1: text = '', index, 0: found } of json.matchAll(UNUSUAL)) {
    const from = index + found.length - text.length
    if (isChanged(text) && isOutside(from)) changed.push({ from, text })
  }
  return changed
}

/**
 * Says of offsets, in ascending order, whether they are outside of strings. Without a regular expression,
 * which would overflow the stack on long strings; each character is looked at once.
 */
function stringSkipper(json: string): (offset: number) => boolean {
  let open = json.indexOf('"')
  let end = -1
  return (offset) => {
    while (open >= 0 && open < offset) {
      end = closingQuote(json, open)
      open = json.indexOf('"', end + 1)
    }
    return offset > end
  }
}

function closingQuote(json: string, open: number): number {
  let end = json.indexOf('"', open + 1)
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0
  while (json[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

/** From so many digits and points on a number may be changed. */
const LONG_NUMBER = 16
/** A number of fewer digits is changed only where its exponent has as many: one of three characters in a row is looked at. */
const LONG_EXPONENT = 3
const NINE = 0x39
const POINT = 0x2e
const SLASH = 0x2f
const PLUS = 0x2b
const MINUS = 0x2d
/** `E`, where the bit that tells it from `e` is left out. */
const E = 0x45
const LOWER_CASE = 0x20

/**
 * Whether there are 16 digits or points in a row, or an exponent of three digits, in a number or a text: a look
 * for each three bytes, because this runs over everything that is read.
 */
export function hasUnusualNumber(bytes: Uint8Array): boolean {
  for (let at = LONG_EXPONENT - 1; at < bytes.length; at += LONG_EXPONENT) {
    const byte = bytes[at] ?? 0
    if (byte > NINE || byte < POINT || byte === SLASH) continue
    let from = at
    let to = at
    while (isDigit(bytes[from - 1])) from -= 1
    while (isDigit(bytes[to + 1])) to += 1
    if (to - from >= LONG_NUMBER - 1) return true
    if (to - from >= LONG_EXPONENT - 1 && isExponent(bytes, from)) return true
    at = to
  }
  return false
}

function isDigit(byte = 0): boolean {
  return byte <= NINE && byte >= POINT && byte !== SLASH
}

/** Whether the digits that begin here are those of an exponent: behind a digit, an `e` and perhaps a sign. */
function isExponent(bytes: Uint8Array, from: number): boolean {
  const before = bytes[from - 1] ?? 0
  const at = before === PLUS || before === MINUS ? from - 2 : from - 1
  return ((bytes[at] ?? 0) & ~LOWER_CASE) === E && isDigit(bytes[at - 1])
}
