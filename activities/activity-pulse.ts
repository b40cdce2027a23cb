import { CancelledFailure, Context } from '@temporalio/activity'
import { createFailure } from '../src/contract/failure.js'

const EVERY_MS = 1500
/** The SDK sends at most one heartbeat a second to the server; each call of it costs a tenth of a small page. */
const AT_MOST_EVERY_MS = 400
/** What Temporal says to a heartbeat of an activity that should not go on. */
const ENDED = new Set([
  'ActivityCancelledError',
  'ActivityPausedError',
  'ActivityResetError',
  'ActivityNotFoundError',
])

/** Keeps an activity alive and its place known: the last details are repeated by a timer. */
export interface ActivityPulse<Details> {
  /** Acknowledged pulses resolve when the server has stored the details. */
  readonly record: (details: Details) => Promise<void>
  readonly stop: () => void
}

export interface ActivityPulseOptions<Details> {
  readonly first: Details
  /**
   * For what must be known after a crash: past the SDK's throttle, straight to the server. The SDK's
   * own heartbeat is not used then, it could overwrite newer details with held ones.
   */
  readonly acknowledged: boolean
  /**
   * Hears that the flow has cancelled the activity, where a heartbeat past the SDK is told so; the
   * details are stored all the same. Without it such a note throws.
   */
  readonly onCancelled?: () => void
}

/** Heartbeats at once and every 1.5 seconds until it is stopped; then it sends the details that it held back. */
export function startActivityPulse<Details>({
  first,
  acknowledged,
  onCancelled,
}: ActivityPulseOptions<Details>): ActivityPulse<Details> {
  const context = Context.current()
  let last = first
  let stopped = false
  let heldBack = false
  let beatAtMs = Number.NEGATIVE_INFINITY
  let queue: Promise<void> = Promise.resolve()

  const toServer = async (details: Details): Promise<void> => {
    try {
      await context.client.activity.heartbeat(context.info.taskToken, details)
    } catch (error) {
      const name = error instanceof Error ? error.name : ''
      if (name === 'ActivityCancelledError' && onCancelled !== undefined) {
        onCancelled()
        return
      }
      if (ENDED.has(name)) throw new CancelledFailure('the activity is not wanted any more')
      throw createFailure(
        'UpstreamUnavailable',
        `The Temporal server did not take the note of activity ${context.info.activityId} that it is about to write; it is tried again by itself.`,
      )
    }
  }
  const beat = (): void => {
    heldBack = false
    beatAtMs = performance.now()
    context.heartbeat(last)
  }
  const record = (details: Details): Promise<void> => {
    last = details
    if (!acknowledged) {
      heldBack = performance.now() < beatAtMs + AT_MOST_EVERY_MS
      if (!heldBack) beat()
      return Promise.resolve()
    }
    // One after the other: an older note must not arrive after a newer one.
    const noted = queue.then(() => toServer(details))
    queue = noted.catch(() => undefined)
    return noted
  }
  const timer = setInterval(() => {
    if (!stopped) record(last).catch(() => undefined)
  }, EVERY_MS)
  record(first).catch(() => undefined)
  return {
    record,
    stop: () => {
      stopped = true
      clearInterval(timer)
      if (heldBack) beat()
    },
  }
}
