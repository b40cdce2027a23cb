import { createFailure } from '../../src/contract/failure.js'
import type { Lease } from '../../src/contract/lease.js'
import type { LeaseOptions, LeaseSource } from './lease-source.js'

/** A generation that the upstream refused. */
export interface Rejection {
  readonly connection: string
  readonly generation: number
  readonly status: number
  readonly endpoint: string
  /** Requests that passed with this generation before. */
  readonly accepted: number
  /** The generation refused before it, with no request that passed in between. */
  readonly beforeGeneration?: number
  /** Nobody refused it: the definition has another kind of authentication by now. */
  readonly outdated?: boolean
}

/** Whether a token was got after a moment at which an older one had been refused. */
export function isIssuedSince(lease: Lease | undefined, refusedAtMs: number | undefined): boolean {
  return lease === undefined || refusedAtMs === undefined || lease.issuedAtMs >= refusedAtMs
}

/**
 * The lease to go on with after a refusal. A generation that came after a refused one and was refused
 * too, without a single request passing, is no expiry: it stops, as does a credential that its own
 * verify endpoint accepts.
 */
export async function nextAfterRejection(
  source: LeaseSource,
  rejection: Rejection,
  waits: LeaseOptions,
): Promise<Lease> {
  const { generation, status, endpoint, accepted, beforeGeneration } = rejection
  const report = { generation, status, endpoint }
  // While workers change over, several generations may come of the old definition: they are no refusals.
  if (rejection.outdated === true) return await source.replace({ ...report, outdated: true }, waits)
  if (beforeGeneration !== undefined && generation > beforeGeneration && accepted === 0) {
    await source.reportFresh({ ...report, fresh: true })
    throw freshTokenRejected(rejection)
  }
  const lease = await source.replace(report, waits)
  if (lease.generation <= generation) throw freshTokenRejected(rejection)
  return lease
}

function freshTokenRejected(rejection: Rejection): Error {
  const { connection, generation, status, endpoint } = rejection
  return createFailure(
    'FreshTokenRejected',
    `${connection} answers HTTP ${String(status)} to ${endpoint} even with generation ${String(generation)}, which is fresh: this is no expiry. Look at the credential's scopes and audience, the connector's base URL, and whether ${endpoint} allows this account.`,
    { connection, endpoint, generation, status },
  )
}
