import { toMilliseconds } from '../../contract/duration.js'
import type { ExpiryForm } from './token-answer-rules.js'

/** A hundred years: more is a mistake. */
const LONGEST_S = 3.2e9

/** Seconds from now of what an answer says of a lifetime. Zero, negative and unreadable ones are unknown. */
export function toSeconds(value: unknown, form: ExpiryForm, nowMs: number): number | undefined {
  const seconds = secondsOf(value, form, nowMs)
  return seconds > 0 && seconds < LONGEST_S ? seconds : undefined
}

function secondsOf(value: unknown, form: ExpiryForm, nowMs: number): number {
  switch (form) {
    case 'seconds':
      return toNumber(value)
    case 'milliseconds':
      return toNumber(value) / 1000
    case 'epoch-seconds':
      return toNumber(value) - nowMs / 1000
    case 'epoch-milliseconds':
      return (toNumber(value) - nowMs) / 1000
    case 'iso':
      return typeof value === 'string' ? (Date.parse(value) - nowMs) / 1000 : NaN
    case 'duration':
      return typeof value === 'string' ? durationSeconds(value) : NaN
  }
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : NaN
}

/** A number without a unit is no duration: it could be anything. */
function durationSeconds(text: string): number {
  const [, days, hours, minutes] = /^\s*(\d{1,5}):(\d{2}):(\d{2})\s*$/.exec(text) ?? []
  if (days !== undefined) return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60
  return /[a-z]\s*$/i.test(text) ? (toMilliseconds(text) ?? NaN) / 1000 : NaN
}
