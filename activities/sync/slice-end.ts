import { setMaxListeners } from 'node:events'
import type { Context } from '@temporalio/activity'

/** How long the page under way may go on once the flow has cancelled the activity. */
const GRACE_MS = 5000

/** Tells a flow that wants its slice back from an activity that must end at once. */
export interface SliceEnd {
  /** Aborted when nothing may go on: a worker that goes down, a run that is gone, the grace that is over. */
  readonly signal: AbortSignal
  /** Aborted when the flow has cancelled the activity: the page under way is finished. */
  readonly interrupted: AbortSignal
  /** A heartbeat past the SDK was told that the activity is cancelled. */
  readonly cancelled: () => void
  readonly stop: () => void
}

export function createSliceEnd(
  context: Pick<Context, 'cancellationSignal' | 'cancellationDetails'>,
  graceMs = GRACE_MS,
): SliceEnd {
  const end = new AbortController()
  const soft = new AbortController()
  // Every request that is under way listens.
  setMaxListeners(0, end.signal, soft.signal)
  let timer: NodeJS.Timeout | undefined
  const cancelled = (): void => {
    if (soft.signal.aborted) return
    soft.abort()
    timer = setTimeout(() => {
      end.abort()
    }, graceMs)
  }
  const { cancellationSignal } = context
  const onAbort = (): void => {
    const { cancelRequested = false, workerShutdown = false } = context.cancellationDetails ?? {}
    if (cancelRequested && !workerShutdown) cancelled()
    else end.abort()
  }
  if (cancellationSignal.aborted) onAbort()
  else cancellationSignal.addEventListener('abort', onAbort, { once: true })
  return {
    signal: end.signal,
    interrupted: soft.signal,
    cancelled,
    stop: () => {
      clearTimeout(timer)
      cancellationSignal.removeEventListener('abort', onAbort)
    },
  }
}
