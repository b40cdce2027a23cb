/**
 * The one door for values that come from outside and stay: in the state of a workflow, or in a command
 * to Temporal's server. Temporal counts bytes, not characters, and a text with half a surrogate pair
 * stops the whole worker: its core can't read what the workflow hands over. What is checked here is
 * checked when it is taken in, for a command that the server refuses fails its workflow task for ever.
 */

/** `limit.maxIDLength` of Temporal's server, in bytes; clusters may say less, many say 255. */
export const MAX_ID_BYTES = 1000

/** The least that clusters are set to, and what the ids that tokenkeeper makes of names keep to. */
export const LEAST_MAX_ID_BYTES = 255

/** More than any number of refreshes, and a whole number in whatever is done with it. */
export const MAX_GENERATION = 2 ** 50

/**
 * How far a message may be ahead of what a workflow knows: a hundred years of hourly refreshes. A reset,
 * or another token workflow of the same connection, explains less than that.
 */
export const MAX_GENERATION_JUMP = 1_000_000

const CENTURY_MS = 100 * 366 * 86_400_000
/** 1 January 2000 and 2200, UTC. */
const EARLIEST_MS = 946_684_800_000
const LATEST_MS = 7_258_118_400_000

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
const HALF_PAIR = /\p{Surrogate}/u
const HALF_PAIRS = /\p{Surrogate}/gu

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    // A pair is two units and four bytes.
    else bytes += unit >= 0xd800 && unit <= 0xdfff ? 2 : 3
  }
  return bytes
}

/** Whether a text has no half of a surrogate pair, so that it has a form in UTF-8. */
export function isWellFormed(text: string): boolean {
  return !HALF_PAIR.test(text)
}

/** The same text, with U+FFFD for each half of a surrogate pair. For messages, never for data. */
export function wellFormed(text: string): string {
  return isWellFormed(text) ? text : text.replace(HALF_PAIRS, '\ufffd')
}

/** A text for people, well-formed and at most `maxBytes` long: what is cut off is shown by `…`. */
export function cutText(text: string, maxBytes: number): string {
  const whole = wellFormed(text)
  if (utf8Length(whole) <= maxBytes) return whole
  let bytes = utf8Length('…')
  let kept = ''
  for (const character of whole) {
    bytes += utf8Length(character)
    if (bytes > maxBytes) break
    kept += character
  }
  return `${kept}…`
}

/** Whether a value is a text of 1 to `maxBytes` bytes, well-formed and without control characters. */
export function isPlainText(value: unknown, maxBytes: number): value is string {
  // A unit is a byte at least: what is too long is not looked through.
  if (typeof value !== 'string' || value === '' || value.length > maxBytes) return false
  return isWellFormed(value) && !CONTROL.test(value) && utf8Length(value) <= maxBytes
}

/** Whether the server takes a value as the id of a workflow, or the name of a task queue, signal ... */
export function isTemporalId(value: unknown, maxBytes = MAX_ID_BYTES): value is string {
  return isPlainText(value, maxBytes)
}

/** What {@link isTemporalId} asks for, for messages. */
export function temporalIdRule(maxBytes = MAX_ID_BYTES): string {
  return `a text of 1 to ${maxBytes} bytes without control characters`
}

/** Whether a value is a whole number from 0 to `most`. */
export function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
}

export function isGeneration(value: unknown): value is number {
  return isCount(value, MAX_GENERATION)
}

/** Milliseconds, from nothing to a hundred years. */
export function isDurationMs(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= CENTURY_MS
}

const SHA256 = /^[A-Za-z0-9_-]{43}$/

/** Whether a value is a SHA-256 hash in base64url. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value)
}

/** Milliseconds since 1970 that lie between the years 2000 and 2200. */
export function isMomentMs(value: unknown): value is number {
  return typeof value === 'number' && value >= EARLIEST_MS && value <= LATEST_MS
}

/** What the keeper worker's payload converter gives for a payload that it can't decode. */
interface Undecodable {
  /** The payload's encoding, as `binary/encrypted`. */
  readonly __tokenkeeperUndecodable: string
}

/** Whether a value stands for a payload that could not be decoded. */
export function isUndecodable(value: unknown): value is Undecodable {
  return typeof value === 'object' && value !== null && '__tokenkeeperUndecodable' in value
}
