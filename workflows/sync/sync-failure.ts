import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common'
import type { SyncCheckpoint } from '../../src/contract/sync.js'

/**
 * The failure of a sync: says itself what failed, and carries the newest checkpoint as its last detail, to
 * go on from. Not retried by Temporal, which would begin anew: replayed. Anything that is no failure
 * of work (a bug, a cancellation) is handed on as it is.
 */
export function toSyncFailure(error: unknown, newest: SyncCheckpoint): unknown {
  const failure = error instanceof ActivityFailure ? error.cause : error
  if (!(failure instanceof ApplicationFailure)) return error
  const { message, type } = failure
  const details: readonly unknown[] = failure.details ?? []
  const last = details.at(-1)
  const others = isCheckpoint(last) ? details.slice(0, -1) : details
  const checkpoint = furthest(newest, isCheckpoint(last) ? last : undefined)
  return ApplicationFailure.nonRetryable(message, type, ...others, checkpoint)
}

/** Where a failed slice was, by its last detail. */
export function checkpointOf(failure: unknown): SyncCheckpoint | undefined {
  const last = failure instanceof ApplicationFailure ? failure.details?.at(-1) : undefined
  return isCheckpoint(last) ? last : undefined
}

/** What the last heartbeat of an activity said that ended by a time-out. */
export interface TimedOutSlice {
  readonly checkpoint?: SyncCheckpoint | undefined
  /** The last page was accepted; only the result was missing. */
  readonly isDone: boolean
  /** A write that must not be repeated may have left. */
  readonly isWriteUnknown: boolean
}

/** Undefined of any other error. */
export function readTimeout(error: unknown): TimedOutSlice | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  if (!(cause instanceof TimeoutFailure)) return undefined
  const details: unknown = cause.lastHeartbeatDetails
  if (typeof details !== 'object' || details === null || !('checkpoint' in details))
    return { isDone: false, isWriteUnknown: false }
  return {
    checkpoint: isCheckpoint(details.checkpoint) ? details.checkpoint : undefined,
    isDone: 'done' in details && details.done === true,
    isWriteUnknown: 'phase' in details && details.phase === 'sent',
  }
}

function furthest(newest: SyncCheckpoint, other: SyncCheckpoint | undefined): SyncCheckpoint {
  return other !== undefined && other.counters.pages >= newest.counters.pages ? other : newest
}

function isCheckpoint(value: unknown): value is SyncCheckpoint {
  if (typeof value !== 'object' || value === null || !('counters' in value)) return false
  const { counters } = value
  return typeof counters === 'object' && counters !== null && 'pages' in counters
}
