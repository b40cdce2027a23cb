import { UpstreamWait } from '../http/upstream-signals.js'
import { pause, SHORT_WAIT_MS } from '../pause.js'

/** Repeats what the upstream put off for a short while; a longer wait is thrown on. */
export async function sitOut<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UpstreamWait) || error.waitMs > SHORT_WAIT_MS) throw error
      await pause(error.waitMs, signal)
    }
  }
}
