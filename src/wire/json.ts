import { randomBytes } from 'node:crypto'
import { toExact, writingExact } from './exact-number.js'
import { changedNumbers, hasUnusualNumber, type NumberIn } from './unusual-numbers.js'

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
 * @param bytes of the text in UTF-8 or Latin-1, where they are at hand: they are looked at more quickly
 * @throws JsonProblem
 */
export function parseJson(text: string, bytes?: Uint8Array): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  const value = parsePlain(json)
  if (isDeep(value, MAX_DEPTH)) throw new JsonProblem('depth')
  if (!hasUnusualNumber(bytes ?? Buffer.from(json, 'latin1'))) return value
  const changed = changedNumbers(json)
  return changed.length === 0 ? value : parseExact(json, changed)
}

/** A value, and of one list in it the text that it was read from. */
export interface ReadWithList {
  readonly value: unknown
  /** Undefined: the text is not known. */
  readonly list?: { readonly value: unknown; readonly text: string } | undefined
  /** What stands between the list and the value behind it: who tells it for the next text of that kind spares a second look. */
  readonly behind?: string | undefined
}

export interface ListSought {
  /** Of the key; the caller looks whether its list is the one that is meant. */
  readonly name: string
  /** What stood behind the list in a text of that kind. What is found does not depend on it. */
  readonly behind?: string | undefined
}

/**
 * As {@link parseJson}, and the text of the list under a key, where that is found without a look at each character:
 * what {@link writeJson} would make of the list, as the source has written it. Whether it is found depends on the
 * text alone.
 */
export function parseWithList(
  text: string,
  { name, behind }: ListSought,
  bytes?: Uint8Array,
): ReadWithList {
  const looked = bytes ?? Buffer.from(text, 'latin1')
  const from = listStart(text, name)
  // What is spread over lines is written without them.
  if (from === undefined || text.includes('\n')) return { value: parseJson(text, looked) }
  const found =
    readList(text, name, from, text.lastIndexOf(`]${behind ?? ''}`) + 1) ??
    readList(text, name, from, from + firstValueLength(text.slice(from)))
  // Digits in a text may look like a number that JavaScript would change.
  if (found === undefined || (hasUnusualNumber(looked) && changedNumbers(text).length > 0))
    return { value: parseJson(text, looked) }
  if (isDeep(found.value, MAX_DEPTH)) throw new JsonProblem('depth')
  return found
}

/** Stands where a list was; nobody outside can know it, so that it stands nowhere else. */
const LIST_MARK = randomBytes(16).toString('hex')

/** Where the first list begins that stands behind a key. */
function listStart(text: string, name: string): number | undefined {
  const key = `${JSON.stringify(name)}:`
  const found = text.indexOf(key)
  if (found < 0) return undefined
  const behindKey = found + key.length
  const from = text[behindKey] === ' ' ? behindKey + 1 : behindKey
  return text[from] === '[' ? from : undefined
}

/** How long the value is that a text begins with, where V8 says at which place something else follows it. */
function firstValueLength(text: string): number {
  try {
    JSON.parse(text)
    return text.length
  } catch (error) {
    const [, place = '0'] =
      /non-whitespace character after JSON at position (\d+)/.exec(String(error)) ?? []
    return text.slice(0, Number(place)).trimEnd().length
  }
}

/** What a JSON value begins with behind a list: the ends of objects, a comma and a key. */
const BEHIND = /^[\s}]{0,20},\s?"[^"\\]{1,100}":/

/** The value of a text whose list stands between two places; undefined where it does not. There is one end at most. */
function readList(text: string, name: string, from: number, to: number): ReadWithList | undefined {
  if (from >= to) return undefined
  const rest = text.slice(to)
  const value = tryParsePlain(`${text.slice(0, from)}"${LIST_MARK}"${rest}`)
  const holder = holderOfMark(value, name)
  if (holder === undefined) return undefined
  const listText = text.slice(from, to)
  const list = tryParsePlain(listText)
  if (list === undefined) return undefined
  holder[name] = list
  return { value, list: { value: list, text: listText }, behind: BEHIND.exec(rest)?.[0] }
}

function tryParsePlain(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The object in which the mark stands under a name: the value itself, or one in it. */
function holderOfMark(value: unknown, name: string): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || name === '__proto__') return undefined
  return [value, ...(Object.values(value) as unknown[])].find(
    (one) =>
      typeof one === 'object' &&
      one !== null &&
      (one as Readonly<Record<string, unknown>>)[name] === LIST_MARK,
  ) as Record<string, unknown> | undefined
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
 * `JSON.stringify` makes 0 of `-0`: from the first one that was read on it is looked for. Module-wide, for a value that
 * one call read is written by another; it only decides whether a slower way is taken.
 */
let hasReadNegativeZero = false

function parsePlain(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new JsonProblem('syntax')
  }
}

/** Also looks for a `-0`, which only the value tells from other zeros. */
function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) {
    if (value === 0) hasReadNegativeZero ||= Object.is(value, -0)
    return false
  }
  if (left === 0) return true
  // Without closures, and only into objects: of a long text everything is looked at.
  if (Array.isArray(value)) {
    for (const one of value as readonly unknown[])
      if ((typeof one === 'object' || one === 0) && isDeep(one, left - 1)) return true
    return false
  }
  for (const name in value) {
    const one = (value as Readonly<Record<string, unknown>>)[name]
    if ((typeof one === 'object' || one === 0) && isDeep(one, left - 1)) return true
  }
  return false
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
