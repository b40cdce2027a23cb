import { createFailure, failureCode } from '../../src/contract/failure.js'
import type { Lease } from '../../src/contract/lease.js'
import type { Passed } from '../../src/contract/messages.js'
import type { LeaseOptions, LeaseSource } from './lease-source.js'

/** A generation that the upstream refused. */
export interface Rejection {
  readonly connection: string
  readonly generation: number
  /** Of the token workflow that counted it, where an activity says so. */
  readonly firstExecutionRunId?: string | undefined
  readonly status: number
  readonly endpoint: string
  /** As the worker of the refused request saw it. */
  readonly passed?: Passed | undefined
  /** Nobody refused it: the definition has another kind of authentication by now, or `keyId` is missing. */
  readonly outdated?: boolean | undefined
  /** The sealing key that a keeper worker lacks. */
  readonly keyId?: string | undefined
}

/**
 * The lease to go on with after a refusal: of a newer generation, or of the same one where the refusal
 * may have been an odd one. The token workflow judges: while it looks, and when it finds that the
 * credential is refused, the flow waits here.
 * @throws ApplicationFailure `FreshTokenRejected` where it is this one request which is refused
 */
export async function nextAfterRejection(
  source: LeaseSource,
  rejection: Rejection,
  waits: LeaseOptions,
): Promise<Lease> {
  const { connection, generation, status, endpoint, passed, outdated, keyId } = rejection
  const { firstExecutionRunId } = rejection
  // The lease may be one that the activity has found: the report has to say who counted it.
  if (firstExecutionRunId !== undefined) source.saw({ generation, firstExecutionRunId })
  const report = { generation, status, endpoint }
  // While workers change over, several generations may come of the old definition: they are no refusals.
  if (outdated === true) {
    return await source.replace({ ...report, outdated, keyId }, waits)
  }
  try {
    return await source.replace({ ...report, passed }, waits)
  } catch (error) {
    if (failureCode(error) !== 'FreshTokenRejected' || !(error instanceof Error)) throw error
    throw createFailure('FreshTokenRejected', error.message, {
      connection,
      endpoint,
      generation,
      status,
    })
  }
}

/** A request that is refused though others of the same work pass with the same generation. */
export function refusedThoughOthersPass({
  connection,
  generation,
  status,
  endpoint,
}: Rejection): Error {
  return createFailure(
    'FreshTokenRejected',
    `${connection} answers HTTP ${status} to ${endpoint} with each new generation (${generation} was the last), while other requests pass with it: this is no expiry. Look at scopes and audience, and at whether ${endpoint} allows this account.`,
    { connection, endpoint, generation, status },
  )
}
