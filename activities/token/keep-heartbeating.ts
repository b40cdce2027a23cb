import { Context } from '@temporalio/activity'

const EVERY_MS = 1000

/**
 * Heartbeats at once and every second while the work goes on, so that a dead worker is seen within
 * the heartbeat timeout. Cancellation and shutdown are not listened to: a token request that is out
 * must be waited for.
 */
export async function keepHeartbeating<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current()
  context.heartbeat()
  const timer = setInterval(() => {
    context.heartbeat()
  }, EVERY_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
