import { setTimeout as timeout } from 'node:timers/promises'
import { CancelledFailure } from '@temporalio/activity'

/** A wait up to this long is sat out in the activity; a longer one becomes a timer of the flow. */
export const SHORT_WAIT_MS = 2000

/** Waits a little, at least 50 ms. @throws CancelledFailure as soon as the signal is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timeout(Math.max(ms, 50), undefined, { signal })
  } catch {
    throw new CancelledFailure('cancelled')
  }
}
