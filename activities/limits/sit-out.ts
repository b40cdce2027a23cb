import { UpstreamWait } from '../http/upstream-signals.js'
import { pause, SHORT_WAIT_MS } from '../pause.js'

const FIRST_MS = 100

/**
 * Repeats what the upstream put off for a short while, each time after twice as long at least: one that
 * says 'at once' time and again is not stormed, and keeps no worker's slot.
 * @throws UpstreamWait where it is a matter for the flow
 */
export async function sitOut<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let leastMs = FIRST_MS; ; leastMs *= 2) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UpstreamWait)) throw error
      const waitMs = Math.max(error.waitMs, leastMs)
      if (waitMs > SHORT_WAIT_MS) throw new UpstreamWait(error.connection, waitMs, error.reason)
      await pause(waitMs, signal)
    }
  }
}
