const LONGEST_MS = 366 * 86_400_000

/**
 * Milliseconds of a `Retry-After` header: seconds or an HTTP date (RFC 9110 section 10.2.3).
 * Undefined where it is neither. A moment that has passed is 0.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS)
  // Date.parse alone would take '-5' for a year.
  if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(0, atMs - nowMs), LONGEST_MS)
}
