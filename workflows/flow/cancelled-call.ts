import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
} from '@temporalio/common'
import { createFailure } from '../../src/contract/failure.js'

/**
 * What a call that was being cancelled ends with, where its activity neither answered nor stopped:
 * Temporal does not try that again. A write that must not be repeated and may have been sent is reported as
 * `AmbiguousWrite`; what would have been tried again is a cancellation.
 */
export function afterCancellation(error: unknown, connection: string, endpoint: string): unknown {
  if (!(error instanceof ActivityFailure)) return error
  const { cause } = error
  if (cause instanceof TimeoutFailure && saysSent(cause.lastHeartbeatDetails))
    return createFailure(
      'AmbiguousWrite',
      `${connection} ${endpoint}: the outcome of this write is unknown (its worker went away while the call was being cancelled) and a repeat may do harm, so it is not repeated. Look whether it was applied, then decide.`,
      { connection, endpoint },
    )
  const goesOn = cause instanceof ApplicationFailure && cause.nonRetryable !== true
  if (!goesOn && !(cause instanceof TimeoutFailure)) return error
  return new CancelledFailure(`Cancelled while ${connection} ${endpoint} was under way`)
}

/** Such a write notes that before it leaves. */
function saysSent(details: unknown): boolean {
  return (
    typeof details === 'object' &&
    details !== null &&
    'phase' in details &&
    details.phase === 'sent'
  )
}
