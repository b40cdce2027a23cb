import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncSliceResult } from '../../src/contract/sync.js'
import { LeaseExpired, UpstreamWait } from '../http/upstream-signals.js'

/**
 * What the flow can mend comes back as a result with the place; everything else is a failure.
 * @param interrupted the flow has cancelled the activity: what would be tried again is handed back
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export function handBack(
  error: unknown,
  checkpoint: SyncCheckpoint,
  interrupted: boolean,
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
  if (details?.code !== 'CredentialRejected') throw withCheckpoint(error, checkpoint)
  const { connection = '', endpoint = '', generation = 0, status = 401, accepted = 0 } = details
  const outdated = details.outdated === true ? { outdated: true } : {}
  const refused = { connection, endpoint, generation, status, accepted, ...outdated }
  return { outcome: 'rejected', ...refused, checkpoint }
}

function withCheckpoint(error: unknown, checkpoint: SyncCheckpoint): unknown {
  if (!(error instanceof ApplicationFailure)) return error
  const { message, type, nonRetryable } = error
  return ApplicationFailure.create({
    message,
    ...(type == null ? {} : { type }),
    nonRetryable: nonRetryable === true,
    details: [...(error.details ?? []), checkpoint],
  })
}
