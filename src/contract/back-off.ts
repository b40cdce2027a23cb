/** How the waits between tries of one thing grow. */
export interface BackOff {
  readonly firstMs: number
  readonly longestMs: number
  /**
   * The part of a wait that is always taken, and the part of it that chance may add: who failed together
   * must not come back together. Default: no chance.
   */
  readonly jitter?: { readonly least: number; readonly spread: number } | undefined
}

/** More doublings than any longest wait leaves room for; 2 to this power is still a safe number of milliseconds. */
const MOST_DOUBLINGS = 30

/**
 * The one back-off: doubled with each try, up to the longest.
 * @param times tries in a row that failed, this one included; less than one counts as one
 * @param random from 0 to 1; a workflow gives its own
 */
export function exponentialBackOffMs(
  { firstMs, longestMs, jitter = { least: 1, spread: 0 } }: BackOff,
  times: number,
  random = 0,
): number {
  const doublings = Math.min(Math.max(times, 1) - 1, MOST_DOUBLINGS)
  const waitMs = Math.min(firstMs * 2 ** doublings, longestMs)
  return Math.round(waitMs * (jitter.least + jitter.spread * random))
}
