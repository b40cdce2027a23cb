import { type BackOff, exponentialBackOffMs } from '../../src/contract/back-off.js'
import { pause, SHORT_WAIT_MS } from './waits.js'

/** The upstream asked for a pause; nothing was applied. Never leaves an activity. */
export class UpstreamWait extends Error {
  constructor(
    readonly connection: string,
    readonly waitMs: number,
    readonly reason: string,
  ) {
    super('wait')
  }
}

/** Until a wait is so long that it becomes a timer of the flow. */
const SHORT_PAUSES: BackOff = { firstMs: 100, longestMs: 2 * SHORT_WAIT_MS }

/**
 * Repeats what the upstream put off for a short while, each time after twice as long at least: one that
 * says 'at once' time and again is not stormed, and keeps no worker's slot.
 * @throws UpstreamWait where it is a matter for the flow
 */
export async function retryAfterShortWait<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let times = 1; ; times += 1) {
    try {
      return await work()
    } catch (error) {
      await sitOut(error, times, signal)
    }
  }
}

/**
 * The wait between two tries of {@link retryAfterShortWait}, for who repeats without a function around it.
 * @param times how often it was tried
 * @throws what it is given, where that asks for no wait; UpstreamWait; CancelledFailure
 */
export async function sitOut(error: unknown, times: number, signal: AbortSignal): Promise<void> {
  if (!(error instanceof UpstreamWait)) throw error
  const waitMs = Math.max(error.waitMs, exponentialBackOffMs(SHORT_PAUSES, times))
  if (waitMs > SHORT_WAIT_MS) throw new UpstreamWait(error.connection, waitMs, error.reason)
  await pause(waitMs, signal)
}
