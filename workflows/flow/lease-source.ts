import type { CountedGeneration, Lease } from '../../src/contract/lease.js'
import type { RejectedGeneration } from '../../src/contract/messages.js'

export interface LeaseOptions {
  /**
   * How much longer the lease should last, in milliseconds. More than a fresh token offers is granted with what there is.
   * @example minValidityMs: 120_000
   */
  readonly minValidityMs?: number | undefined
  /**
   * How long to wait for a connection that is not usable, in milliseconds. Default: for ever.
   * @example maxWaitMs: 7_200_000
   */
  readonly maxWaitMs?: number | undefined
  /**
   * After how long an unanswered request is sent again, in milliseconds; then twice as long, up to an hour. Default 5 minutes.
   * @example askAgainMs: 60_000
   */
  readonly askAgainMs?: number | undefined
}

/** After an activity has looked for a lease in vain. */
export interface LeaseWaits extends LeaseOptions {
  /** How much of `maxWaitMs` has passed already, in milliseconds. Default 0. */
  readonly waitedMs?: number | undefined
  /** Why there is none at once, as the activity has heard it; for the failure where nothing else is heard. */
  readonly heard?: string | undefined
}

/** Where a flow gets the leases of one connection from. */
export interface LeaseSource {
  /** `shopify/acme` */
  readonly connection: string
  /** The lease in hand where it is good for the work ahead, else a new one. */
  lease(options?: LeaseOptions): Promise<Lease>
  /**
   * Reports a refused generation and gives the lease to go on with: of the next one, or of the same
   * one where the refusal may have been an odd one.
   * @throws ApplicationFailure `FreshTokenRejected` where it is this one request which is refused
   */
  replace(rejected: RejectedGeneration, options?: LeaseOptions): Promise<Lease>
  /** The lease in hand, where it is live. Asks for nothing. */
  held(): Lease | undefined
  /** An activity has used or seen this generation, of a lease that it found by itself. */
  saw(seen: CountedGeneration): void
  /** Forgets a lease that an activity found dead. */
  drop(lease: Lease): void
}
