import type { IncomingHttpHeaders } from 'node:http'

const NAMES = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'] as const
/** A number above this is a moment (seconds since the epoch), below it a duration in seconds. */
const FIRST_EPOCH_SECONDS = 1_000_000_000
const LONGEST_MS = 366 * 86_400_000

/** How long the limit headers that have no standard say to wait, where `Retry-After` is missing. */
export function toldWaitMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  for (const name of NAMES) {
    const text = [headers[name]].flat()[0] ?? ''
    if (!/^\d{1,15}(?:\.\d+)?$/.test(text)) continue
    const value = Number(text)
    if (value < FIRST_EPOCH_SECONDS) return Math.min(Math.ceil(value * 1000), LONGEST_MS)
    const seconds = value > FIRST_EPOCH_SECONDS * 1000 ? value / 1000 : value
    return Math.min(Math.max(0, Math.ceil(seconds * 1000 - nowMs)), LONGEST_MS)
  }
  return undefined
}
