import { exponentialBackOffMs } from '../../src/contract/back-off.js'
import { toMilliseconds } from '../../src/contract/duration.js'
import { createFailure } from '../../src/contract/failure.js'
import type { LeaseOptions } from './lease-source.js'

/**
 * What `maxWait` and `askAgain` of a flow's options mean for its lease requests.
 * @throws ApplicationFailure `InvalidInput`
 */
export function toLeaseOptions(options: {
  readonly maxWait?: string | number | undefined
  readonly askAgain?: string | number | undefined
}): LeaseOptions {
  const maxWaitMs = read('maxWait', '2 hours', options.maxWait)
  const askAgainMs = read('askAgain', '5 minutes', options.askAgain)
  if (askAgainMs !== undefined && askAgainMs < 1000)
    throw createFailure('InvalidInput', `askAgain is less than a second: that would be polling`)
  return { maxWaitMs, askAgainMs }
}

function read(
  name: string,
  example: string,
  given: string | number | undefined,
): number | undefined {
  if (given === undefined) return undefined
  const ms = toMilliseconds(given)
  if (ms === undefined)
    throw createFailure('InvalidInput', `${name} is no duration; write it as '${example}'`)
  return ms
}

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
