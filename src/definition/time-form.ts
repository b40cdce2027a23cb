import { LONGEST_ASKED_MS } from '../contract/wait.js'
import { parseDate } from './parse-date.js'

/**
 * How a time is written. `date`: an HTTP date or ISO 8601. `duration`: `1m30s`, `20ms`, `PT5S`,
 * `00:01:30`. `any`: whichever of them it is; a plain number is seconds, or a moment where it is too
 * large for that.
 */
export type TimeForm =
  'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds' | 'date' | 'duration' | 'any'

/** A plain number from here on is a moment, in seconds since the epoch: as a duration it would be 31 years. */
const FIRST_EPOCH_SECONDS = 1e9
/** No header of limits has more to say. */
const MOST_PARTS = 100
const LONGEST_PART = 100

const TIME_NUMBER = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e\+?\d{1,3})?$/i
const UNIT =
  'ms|msecs?|milliseconds?|us|µs|ns|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?'
const DURATION = new RegExp(String.raw`^(?:\d+(?:\.\d+)?\s?(?:${UNIT})\s?)+$`, 'i')
const DURATION_PART = new RegExp(String.raw`(\d+(?:\.\d+)?)\s?(${UNIT})(?![a-z])`, 'gi')
const ISO_TIME_SPAN =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i
const CLOCK_DURATION = /^(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d+)?)$/
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*$/i

/**
 * Milliseconds from now on; undefined for what is not of this form, negative times among it. A moment
 * that has passed is 0, and nothing is longer than {@link LONGEST_ASKED_MS}. Never throws.
 * @param nowMs the clock of whoever wrote the time
 */
export function readTimeMs(
  text: string | undefined,
  as: TimeForm,
  nowMs: number,
): number | undefined {
  if (text === undefined || text.length > LONGEST_PART) return undefined
  const ms = rawMs(unquoted(text), as, nowMs)
  return ms === undefined || Number.isNaN(ms)
    ? undefined
    : Math.min(Math.max(0, Math.ceil(ms)), LONGEST_ASKED_MS)
}

/** The longest time in a header that may be a list, or come more than once. */
export function longestTimeMs(
  texts: readonly string[],
  as: TimeForm,
  nowMs: number,
): number | undefined {
  const times = texts.flatMap(listed).flatMap((text) => readTimeMs(text, as, nowMs) ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

/** The members of a list, with dates, which have a comma of their own, in one piece. */
export function listed(text: string): readonly string[] {
  const members: string[] = []
  for (const part of text.split(/[,;]/, MOST_PARTS)) {
    const before = members.at(-1)
    if (before !== undefined && WEEKDAY.test(before.trim()))
      members.splice(-1, 1, `${before},${part}`)
    else members.push(part)
  }
  return members
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const [, inside] = /^"([^"]*)"$/.exec(trimmed) ?? []
  return inside === undefined ? trimmed : inside.trim()
}

function rawMs(text: string, as: TimeForm, nowMs: number): number | undefined {
  switch (as) {
    case 'seconds':
      return scaled(text, 1000)
    case 'milliseconds':
      return scaled(text, 1)
    case 'epoch-seconds':
      return since(nowMs, scaled(text, 1000))
    case 'epoch-milliseconds':
      return since(nowMs, scaled(text, 1))
    case 'date':
      return since(nowMs, parseDate(text))
    case 'duration':
      return durationMs(text)
    case 'any':
      return TIME_NUMBER.test(text)
        ? plainNumberMs(Number(text), nowMs)
        : (durationMs(text) ?? since(nowMs, parseDate(text)))
  }
}

function scaled(text: string, byMs: number): number | undefined {
  return TIME_NUMBER.test(text) ? Number(text) * byMs : undefined
}

function since(nowMs: number, atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : atMs - nowMs
}

/** Seconds, or a moment in seconds, milliseconds, microseconds or nanoseconds since the epoch. */
function plainNumberMs(value: number, nowMs: number): number | undefined {
  if (value < FIRST_EPOCH_SECONDS) return value * 1000
  for (const perSecond of [1, 1e3, 1e6, 1e9])
    if (value < FIRST_EPOCH_SECONDS * 1000 * perSecond) return (value / perSecond) * 1000 - nowMs
  return undefined
}

function durationMs(text: string): number | undefined {
  if (DURATION.test(text))
    return [...text.matchAll(DURATION_PART)].reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * unitMs(unit.toLowerCase()),
      0,
    )
  const [, hours, minutes, seconds] = CLOCK_DURATION.exec(text) ?? []
  if (hours !== undefined)
    return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  const iso: readonly (string | undefined)[] = ISO_TIME_SPAN.exec(text)?.slice(1) ?? []
  if (iso.every((part) => part === undefined)) return undefined
  const sizes = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000]
  return iso.reduce((sum, part, at) => sum + Number(part ?? 0) * (sizes[at] ?? 0), 0)
}

function unitMs(unit: string): number {
  if (unit === 'ns') return 1e-6
  if (unit === 'us' || unit === 'µs') return 1e-3
  if (unit === 'ms' || unit.startsWith('msec') || unit.startsWith('milli')) return 1
  const sizes: Readonly<Record<string, number>> = {
    s: 1000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
  }
  return sizes[unit.charAt(0)] ?? 0
}
