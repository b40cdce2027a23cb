import { ApplicationFailure } from '@temporalio/common'
import { failureDetails } from '../../src/contract/failure.js'
import type { SyncCheckpoint, SyncSliceResult } from '../../src/contract/sync.js'
import { LeaseExpired, UpstreamWait } from '../http/upstream-signals.js'

/**
 * What the flow can mend comes back as a result with the place; everything else is a failure.
 * @throws ApplicationFailure with the checkpoint as its second detail
 */
export function handBack(error: unknown, checkpoint: SyncCheckpoint): SyncSliceResult {
  if (error instanceof LeaseExpired)
    return { outcome: 'lease', connections: [error.connection], checkpoint }
  if (error instanceof UpstreamWait) {
    const { connection, waitMs, reason } = error
    return { outcome: 'wait', connection, waitMs, reason, checkpoint }
  }
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
