/** How a connection is. */
export type TokenStatus =
  | 'pending'
  | 'active'
  | 'degraded'
  | 'needs_reauth'
  | 'misconfigured'
  | 'rejected'
  | 'paused'
  | 'revoked'

export type ReauthReason = 'revoked' | 'rotation_lost' | 'expired_idle' | 'rolled_back'

/** One event of the life story. Plain data without secrets. */
export interface StoryEvent {
  readonly atMs: number
  readonly event: StoryEventName
  /** Why, in a few words: `soft`, `hard`, `rejected by sync-1`, `operator`, a refused signal's reason ... */
  readonly cause?: string
  readonly generation?: number
  readonly nextDueMs?: number
  readonly code?: string
  readonly attempt?: number
}

export type StoryEventName =
  | 'started'
  | 'connected'
  | 'refreshed'
  | 'refresh_failed'
  | 'rotated'
  | 'rotation_refused'
  | 'rejected'
  | 'paused'
  | 'resumed'
  | 'revoked'
  | 'status'
  | 'definition'
  | 'message_refused'
  | 'rolled_back'

/** The answer of the query `tokenkeeper.status`. */
export interface ConnectionStatus {
  readonly connection: string
  readonly status: TokenStatus
  readonly reason?: ReauthReason
  readonly sinceMs: number
  readonly generation: number
  readonly issuedAtMs?: number
  /** When the current token dies; absent for static credentials and unknown lifetimes. */
  readonly expiresAtMs?: number
  readonly nextRefreshAtMs?: number
  readonly waiting: number
  readonly waitingFlows: readonly string[]
  readonly kind?: string
  readonly definition?: string
  readonly failure?: {
    readonly code: string
    readonly message: string
    readonly sinceMs: number
    readonly count: number
  }
  readonly counts: { readonly refreshRequests: number; readonly leases: number }
}
