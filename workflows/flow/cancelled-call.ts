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
  const ambiguous = unknownOutcome(error, connection, endpoint)
  if (ambiguous !== undefined) return ambiguous
  const goesOn = cause instanceof ApplicationFailure && cause.nonRetryable !== true
  if (!goesOn && !(cause instanceof TimeoutFailure)) return error
  return new CancelledFailure(`Cancelled while ${connection} ${endpoint} was under way`)
}

/** The failure of a write that must not be repeated and may have been sent by a worker that went away. */
export function unknownOutcome(
  error: unknown,
  connection: string,
  endpoint: string,
): Error | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  if (!(cause instanceof TimeoutFailure) || !saysSent(cause.lastHeartbeatDetails)) return undefined
  return createFailure(
    'AmbiguousWrite',
    `${connection} ${endpoint}: the outcome of this write is unknown (its worker went away while the call was under way) and a repeat may do harm, so it is not repeated. Look whether it was applied, then decide.`,
    { connection, endpoint },
  )
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
