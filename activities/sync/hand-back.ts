import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { type BackOff, exponentialBackOffMs } from '../../src/contract/back-off.js'
import { failureDetails } from '../../src/contract/failure.js'
import type { FailureCode } from '../../src/contract/failures.js'
import type { SyncCheckpoint } from '../../src/contract/sync.js'
import type { SyncSliceResult } from '../../src/contract/sync-slice.js'
import { LeaseExpired } from '../keeper/confirmed-leases.js'
import { UpstreamWait } from '../runtime/upstream-wait.js'

/** How a slice was going on when something was thrown. */
export interface SliceState {
  /** The connection of the source. A failure that names no connection is taken to concern this one. */
  readonly source: string
  readonly checkpoint: SyncCheckpoint
  /** The flow has cancelled the activity, so what would be tried again is handed back. */
  readonly interrupted: boolean
  /** How many slices in a row ended with a failure before this one, with no page accepted since. */
  readonly failures: number
}

/** The failures that may pass by themselves, each with the reason that is shown where there is no status. */
const TRANSIENT = new Map<FailureCode, string>([
  ['UpstreamUnavailable', 'no whole answer'],
  ['SinkFailed', 'the sink failed'],
])
const BACK_OFF: BackOff = { firstMs: 500, longestMs: 30_000 }

/**
 * What the flow can mend or wait for comes back as a result with the position; everything else is a
 * failure. A trouble that may pass is no failed attempt: while Temporal backs off between attempts, a
 * pause or cancellation would lose the position.
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export function handBack(
  error: unknown,
  { source, checkpoint, interrupted, failures }: SliceState,
): SyncSliceResult {
  if (error instanceof LeaseExpired)
    return { outcome: 'lease', connections: [error.connection], checkpoint }
  if (error instanceof UpstreamWait) {
    const { connection, waitMs, reason } = error
    return { outcome: 'wait', connection, waitMs, reason, checkpoint }
  }
  const goesOn = error instanceof ApplicationFailure && error.nonRetryable !== true
  if (interrupted && (goesOn || error instanceof CancelledFailure))
    return { outcome: 'interrupted', checkpoint }
  const details = failureDetails(error)
  if (details !== undefined && goesOn && TRANSIENT.has(details.code)) {
    const { connection = source, status } = details
    const reason = status === undefined ? TRANSIENT.get(details.code) : `HTTP ${status}`
    const waitMs = exponentialBackOffMs(BACK_OFF, failures + 1)
    return {
      outcome: 'wait',
      connection,
      waitMs,
      reason: reason ?? details.code,
      failed: { code: details.code, message: error.message },
      checkpoint,
    }
  }
  if (details?.code !== 'CredentialRejected') throw withCheckpoint(error, checkpoint)
  const { connection = '', endpoint = '', generation = 0, status = 401, accepted = 0 } = details
  const { outdated, passed, keyId, firstExecutionRunId } = details
  const more = { outdated, keyId, passed, firstExecutionRunId }
  const refused = { connection, endpoint, generation, status, accepted, ...more }
  return { outcome: 'rejected', ...refused, checkpoint }
}

function withCheckpoint(error: unknown, checkpoint: SyncCheckpoint): unknown {
  if (!(error instanceof ApplicationFailure)) return error
  const { message, type, nonRetryable } = error
  return new ApplicationFailure(message, type, nonRetryable, [...(error.details ?? []), checkpoint])
}
