import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common'
import type { SyncCheckpoint } from '../../src/contract/sync.js'

/**
 * The failure of a sync: says itself what failed, and carries the newest place as its last detail, to
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
  const place = furthest(newest, isCheckpoint(last) ? last : undefined)
  return ApplicationFailure.nonRetryable(message, type, ...others, place)
}

/** What an activity that ended by a time-out had last told. */
export interface PlaceOfTimeout {
  readonly place?: SyncCheckpoint | undefined
  /** The last page was accepted; only the result was missing. */
  readonly isDone: boolean
  /** A write that must not be repeated may have left. */
  readonly isWriteUnknown: boolean
}

/** Undefined of any other error. */
export function placeOfTimeout(error: unknown): PlaceOfTimeout | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  if (!(cause instanceof TimeoutFailure)) return undefined
  const told: unknown = cause.lastHeartbeatDetails
  if (typeof told !== 'object' || told === null || !('checkpoint' in told))
    return { isDone: false, isWriteUnknown: false }
  return {
    place: isCheckpoint(told.checkpoint) ? told.checkpoint : undefined,
    isDone: 'done' in told && told.done === true,
    isWriteUnknown: 'phase' in told && told.phase === 'sent',
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
