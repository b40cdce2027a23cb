import { randomBytes } from 'node:crypto'
import { isChanged, toExact, writingExact } from './exact-number.js'

/** As deep as a text may be: beyond it JavaScript's own functions overflow the stack. */
const MAX_DEPTH = 1000

/** Why a text is not read. It holds nothing of the text. */
export class JsonProblem extends Error {
  constructor(readonly problem: 'syntax' | 'depth') {
    super(problem === 'depth' ? `nested more than ${MAX_DEPTH} deep` : 'no JSON')
  }
}

/**
 * The value of a JSON text: the one way to read JSON that came from outside. A BOM is skipped. Numbers
 * that a JavaScript number would change are a `bigint` (whole ones in plain digits, beyond the safe
 * integers) or an `ExactNumber`; all others are ordinary. Of a key that comes twice the last one counts.
 * @throws JsonProblem
 */
export function parseJson(text: string): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  const value = parsePlain(json)
  if (mayBeDeep(json) && isDeep(value, MAX_DEPTH)) throw new JsonProblem('depth')
  hasReadNegativeZero ||= mayHoldNegativeZero(json) && holdsNegativeZero(value)
  if (!hasLongNumber(json) && !LONG_EXPONENT.test(json)) return value
  const changed = changedNumbers(json)
  return changed.length === 0 ? value : parseExact(json, changed)
}

/** The value of a JSON text; undefined for any other text. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonProblem) return undefined
    throw error
  }
}

/**
 * The JSON text of a value, in which exact numbers and bigints are numbers with all their digits.
 * @throws TypeError for a circle; RangeError for what is nested too deep
 */
export function writeJson(value: unknown): string {
  let marks = 0
  const write = (number: string): string => {
    marks += 1
    return NUMBER_MARK + number
  }
  const slowly = (): string =>
    JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key, part: unknown) {
      const held = this[key]
      if (typeof held === 'bigint') return write(String(held))
      return Object.is(part, -0) ? write('-0') : part
    })
  const text = writingExact(write, () => {
    if (hasReadNegativeZero || 'toJSON' in BigInt.prototype) return slowly()
    try {
      return JSON.stringify(value)
    } catch (error) {
      // A bigint, or a circle, which throws again.
      if (error instanceof TypeError) return slowly()
      throw error
    }
  })
  return marks > 0 ? text.replace(MARKED, '$1') : text
}

/** Stands before the digits of a number while it is a text; nobody outside can know it. */
const NUMBER_MARK = `${randomBytes(16).toString('hex')}:`
const MARKED = new RegExp(`"${NUMBER_MARK}([^"]*)"`, 'g')

/**
 * `JSON.stringify` makes 0 of it: from the first one on it is looked for. Module-wide, for a value that one call read
 * is written by another; it only decides whether a slower way is taken.
 */
let hasReadNegativeZero = false

function parsePlain(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new JsonProblem('syntax')
  }
}

/** Each level is a bracket that opens and one that closes; only where there are so many the value is looked at. */
function mayBeDeep(json: string): boolean {
  if (json.length <= 2 * MAX_DEPTH) return false
  let left = MAX_DEPTH
  for (const bracket of ['[', '{'])
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) {
      if (left === 0) return true
      left -= 1
    }
  return false
}

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  // Without closures, and only into objects: of a long text everything is looked at.
  if (Array.isArray(value)) {
    for (const one of value as readonly unknown[])
      if (typeof one === 'object' && isDeep(one, left - 1)) return true
    return false
  }
  for (const name in value) {
    const one = (value as Readonly<Record<string, unknown>>)[name]
    if (typeof one === 'object' && isDeep(one, left - 1)) return true
  }
  return false
}

/** Whether `-0`, however it is written, stands where a number may. */
function mayHoldNegativeZero(json: string): boolean {
  for (let at = json.indexOf('-0'); at >= 0; at = json.indexOf('-0', at + 2))
    if (MAY_STAND_BEFORE.test(json.charAt(at - 1)) && ZERO.test(json.slice(at))) return true
  return false
}

const MAY_STAND_BEFORE = /^[\s:,[]?$/
const ZERO = /^-0(?:\.0+)?(?:[eE][+-]?\d+)?(?:[\s,}\]]|$)/

/** @param value is not too deep */
function holdsNegativeZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0)
  return Object.values(value).some(holdsNegativeZero)
}

/** A number of at most 15 digits is changed only where its exponent has three. */
const LONG_EXPONENT = /\d[eE][+-]?\d\d\d/
const LONG_NUMBER = 16
const HALF = LONG_NUMBER / 2

/**
 * Whether there are 16 digits or points in a row, in a number or a text: a look or two for each 16
 * characters, because this runs over everything that is read.
 */
function hasLongNumber(json: string): boolean {
  for (let at = LONG_NUMBER - 1; at < json.length; at += LONG_NUMBER) {
    if (!isDigit(json, at)) continue
    // One of these is in the row as well.
    if (!isDigit(json, at - HALF + 1) && !isDigit(json, at + HALF)) continue
    let from = at
    let to = at
    while (isDigit(json, from - 1)) from -= 1
    while (to - from < LONG_NUMBER && isDigit(json, to + 1)) to += 1
    if (to - from >= LONG_NUMBER - 1) return true
  }
  return false
}

function isDigit(json: string, at: number): boolean {
  const code = json.charCodeAt(at)
  return code <= 0x39 && code >= 0x2e && code !== 0x2f
}

/** @param changed where the numbers are that are to be exact, in a text that is known to be JSON */
function parseExact(json: string, changed: readonly NumberIn[]): unknown {
  const parts: string[] = []
  let at = 0
  for (const { from, text } of changed) {
    parts.push(json.slice(at, from), `"${NUMBER_MARK}${text}"`)
    at = from + text.length
  }
  return JSON.parse(parts.join('') + json.slice(at), (_key, part: unknown) =>
    typeof part === 'string' && part.startsWith(NUMBER_MARK)
      ? toExact(part.slice(NUMBER_MARK.length))
      : part,
  )
}

/** A number in a text. */
interface NumberIn {
  readonly from: number
  readonly text: string
}

/** Many digits or an exponent where a number may stand, or in a string that looks like it. */
const UNUSUAL = /(?:^|[\s:,[])(-?\d(?:[\d.]{15}|[\d.]{0,14}[eE][+-]?\d)[\d.eE+-]*)/g

/**
 * The numbers of a text that JavaScript would change, in order.
 * @param json is known to be JSON
 */
function changedNumbers(json: string): readonly NumberIn[] {
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
