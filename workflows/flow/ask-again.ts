import { exponentialBackOffMs } from '../../src/contract/back-off.js'

/** How long a parked flow waits before it asks its connection again, where nobody says otherwise. */
export const ASK_AGAIN_MS = 5 * 60_000
const LONGEST_MS = 3_600_000
const JITTER = { least: 0.8, spread: 0.4 }

/**
 * The wait before the `times`-th time of asking again (from 1): doubled each time up to an hour, or to
 * the first one where that is longer; a fifth more or less, so that a crowd that parked at once does
 * not come at once.
 * @param random 0 to 1
 */
export function askAgainAfter(firstMs: number, times: number, random: number): number {
  const backOff = { firstMs, longestMs: Math.max(LONGEST_MS, firstMs), jitter: JITTER }
  return Math.max(1, exponentialBackOffMs(backOff, times, random))
}
