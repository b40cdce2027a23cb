import { type Duration, msToNumber } from '@temporalio/common/lib/time.js'

export const DAY_MS = 86_400_000

/** A hundred years: what is longer is a mistake, and no date or timer has it. */
export const LONGEST_DURATION_MS = 100 * 365.25 * DAY_MS
/** The longest that the reader of durations takes. */
const MAX_DURATION_TEXT = 100

/**
 * Whole milliseconds of a duration as Temporal takes them (`'2 hours'`, `'30s'`, `'1.5 days'`, or a
 * number of milliseconds), from 0 to a hundred years. Returns undefined for what is none, so that the
 * caller can name the field.
 */
export function toMilliseconds(duration: unknown): number | undefined {
  if (typeof duration !== 'number' && typeof duration !== 'string') return undefined
  if (typeof duration === 'string' && duration.length > MAX_DURATION_TEXT) return undefined
  const ms = parseDuration(duration)
  return ms >= 0 && ms <= LONGEST_DURATION_MS ? Math.round(ms) : undefined
}

function parseDuration(duration: string | number): number {
  try {
    const given = typeof duration === 'string' ? duration.trim() : duration
    return msToNumber(given as Duration)
  } catch {
    return Number.NaN
  }
}
