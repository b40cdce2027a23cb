import { toMilliseconds } from '../../contract/duration.js'
import type { LifetimeNote } from '../../contract/token-activities.js'

/** How a lifetime is written. */
export type LifetimeForm =
  'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds' | 'iso' | 'duration'

/** Milliseconds from the moment that it was read against, a safe integer; or why it is unknown. Neither: the answer names no lifetime. */
export interface Lifetime {
  readonly ms?: number | undefined
  readonly note?: LifetimeNote | undefined
}

const SHORTEST_MS = 1000
const YEAR_MS = 365.25 * 86_400_000
const LONGEST_LIFETIME_MS = 100 * YEAR_MS
/** A number that means a moment of these years where a count of seconds was expected is one: as a count it would be decades. */
const MOMENT_BEFORE_MS = YEAR_MS
const MOMENT_AFTER_MS = 10 * YEAR_MS

/**
 * The door for every lifetime that comes from outside. Read in the form that was declared; a moment, an
 * ISO 8601 duration or a text with a unit is seen to be one whatever was declared.
 * @param atMs what moments are compared with: the clock of the server that answered, as far as it is known
 */
export function readLifetime(value: unknown, form: LifetimeForm, atMs: number): Lifetime {
  if (value === undefined || value === null || value === '') return {}
  return boundLifetime(lifetimeIn(value, form, atMs))
}

/** A duration in milliseconds that somebody counted; what no token can have is unknown. */
export function boundLifetime(ms: unknown): Lifetime {
  if (ms === undefined) return {}
  if (typeof ms !== 'number' || !(ms > 0 && ms <= LONGEST_LIFETIME_MS))
    return { note: 'implausible' }
  return ms < SHORTEST_MS ? { note: 'too_short' } : { ms: Math.floor(ms) }
}

/** The earliest of several ends of one token. */
export function earliestLifetime(lifetimes: readonly Lifetime[]): Lifetime {
  const known = lifetimes.map(({ ms }) => ms).filter((ms) => ms !== undefined)
  if (known.length > 0) return { ms: Math.min(...known) }
  return lifetimes.find(({ note }) => note !== undefined) ?? {}
}

/**
 * A moment in milliseconds since the epoch, from seconds or milliseconds or an ISO 8601 or HTTP date;
 * undefined for what is none within a hundred years of `nearMs`.
 */
export function readMoment(value: unknown, nearMs: number): number | undefined {
  const moment = typeof value === 'string' ? (dateOf(value) ?? toNumber(value)) : toNumber(value)
  const candidates =
    typeof value === 'string' && dateOf(value) !== undefined ? [moment] : [moment * 1000, moment]
  return candidates.find((ms) => Math.abs(ms - nearMs) <= LONGEST_LIFETIME_MS / 4)
}

function lifetimeIn(value: unknown, form: LifetimeForm, atMs: number): number {
  if (typeof value === 'string') {
    const date = dateOf(value)
    if (date !== undefined) return date - atMs
    const duration = durationOf(value)
    if (duration !== undefined) return duration
  }
  const number = toNumber(value)
  const moment = [number * 1000, number].find(
    (ms) => ms >= atMs - MOMENT_BEFORE_MS && ms <= atMs + MOMENT_AFTER_MS,
  )
  switch (form) {
    case 'seconds':
    case 'milliseconds':
      if (moment !== undefined) return moment - atMs
      return form === 'seconds' ? number * 1000 : number
    case 'epoch-seconds':
    case 'epoch-milliseconds':
      if (moment !== undefined) return moment - atMs
      return (form === 'epoch-seconds' ? number * 1000 : number) - atMs
    // A number without a unit could be anything.
    case 'iso':
    case 'duration':
      return NaN
  }
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i.test(value)
    ? Number(value)
    : NaN
}

/** ISO 8601, UTC where no zone is told, and the dates of HTTP (RFC 9110 section 5.6.7). */
function dateOf(text: string): number | undefined {
  const iso =
    /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(.*?))?\s*$/i.exec(text)
  const [, day, time, zone] = iso ?? []
  const http = /^\s*[A-Z][a-z]{2,8}, ?\d{2}[- ][A-Z][a-z]{2}[- ]\d{2,4} \d{2}:\d{2}:\d{2} GMT\s*$/
  if (day === undefined) return http.test(text) ? valid(Date.parse(text)) : undefined
  if (time === undefined) return valid(Date.parse(`${day}T00:00:00Z`))
  return valid(Date.parse(`${day}T${time}${zone === undefined || zone === '' ? 'Z' : zone}`))
}

const ISO_DURATION =
  /^\s*P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d+)?)S)?)?)\s*$/

/** `PT1H`, `1h`, `90 minutes`, or `D:HH:MM`. */
function durationOf(text: string): number | undefined {
  const parts = /[\dWD]|[HMS]$/.test(text) ? ISO_DURATION.exec(text) : null
  if (parts !== null) {
    const [w = 0, d = 0, h = 0, m = 0, s = 0] = parts
      .slice(1)
      .map((part: string | undefined) => Number(part ?? 0))
    return (((w * 7 + d) * 24 + h) * 60 + m) * 60_000 + s * 1000
  }
  const [, days, hours, minutes] = /^\s*(\d{1,5}):(\d{2}):(\d{2})\s*$/.exec(text) ?? []
  if (days !== undefined)
    return Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000
  return /[a-z]\s*$/i.test(text) ? toMilliseconds(text) : undefined
}

function valid(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms
}
