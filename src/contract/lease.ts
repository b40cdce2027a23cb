import type { AuthKindName } from './credential.js'
import type { Sealed } from './sealed.js'

/** A sealed, dated, numbered permission to call a connection. */
export interface Lease {
  /** `shopify/acme` */
  readonly connection: string
  /** Rises by one with each new token or credential of the connection. */
  readonly generation: number
  /**
   * The first execution run id of the token workflow that numbers it. A token workflow that is started after
   * this one was terminated counts generations from the beginning again.
   */
  readonly firstExecutionRunId?: string | undefined
  /** The kind of authentication that the token was got with. A definition with another kind can't use the token. */
  readonly kind?: AuthKindName | undefined
  /** Purpose `token`. */
  readonly sealed: Sealed
  /** Moments of a lease are milliseconds since the epoch by the Temporal server's clock. */
  readonly issuedAtMs: number
  /** No request may start at or after this moment. */
  readonly expiresAtMs: number
  /** When the token itself dies, where that is known; a lease often ends before it. */
  readonly tokenExpiresAtMs?: number | undefined
}

/** A generation, and the token workflow that counted it (see {@link Lease.firstExecutionRunId}). */
export type CountedGeneration = Pick<Lease, 'generation' | 'firstExecutionRunId'>

/** A lease ends after at most this long, so that pause, revoke and rotation reach running flows. */
export const MAX_LEASE_AGE_MS = 10 * 60_000

/**
 * Whether a request may start under this lease now.
 * @param serverNowMs the Temporal server's clock: `Date.now()` in a workflow, `Keeper.serverNow` in an
 * activity; never a worker's own clock, which may be hours off
 */
export function isLeaseLive(lease: Lease, serverNowMs: number): boolean {
  return serverNowMs < lease.expiresAtMs
}
