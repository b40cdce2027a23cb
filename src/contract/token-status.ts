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
  readonly cause?: string | undefined
  readonly generation?: number | undefined
  readonly nextDueMs?: number | undefined
  readonly code?: string | undefined
  readonly attempt?: number | undefined
  /** How often it happened, where it is told once: refused messages. */
  readonly times?: number | undefined
  /** When it happened last, where `times` is above 1. */
  readonly lastAtMs?: number | undefined
}

export type StoryEventName =
  | 'started'
  | 'connected'
  | 'credential_unchanged'
  | 'refreshed'
  | 'refresh_failed'
  | 'rotated'
  | 'rotation_refused'
  | 'rotation_delayed'
  | 'rejected'
  | 'paused'
  | 'resumed'
  | 'revoked'
  | 'status'
  | 'definition'
  | 'message_refused'
  | 'cancellation_ignored'
  | 'rolled_back'
  | 'warning'
  | 'authorization_begun'
  | 'authorization_refused'
  | 'account'
  | 'upstream_revoked'
  | 'upstream_revoke_failed'
  | 'answer_kept'
  | 'answer_read'

/** `pending`: the provider is being told. `unsupported`: its kind of authentication has no way to. */
export type Revocation =
  | { readonly outcome: 'pending' | 'revoked' | 'unsupported' }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }

/** The answer of the query `tokenkeeper.status`. */
export interface ConnectionStatus {
  readonly connection: string
  readonly status: TokenStatus
  readonly reason?: ReauthReason | undefined
  readonly sinceMs: number
  readonly generation: number
  readonly issuedAtMs?: number | undefined
  /** When the current token dies; absent for static credentials and unknown lifetimes. */
  readonly expiresAtMs?: number | undefined
  readonly nextRefreshAtMs?: number | undefined
  readonly waiting: number
  readonly waitingFlows: readonly string[]
  readonly kind?: string | undefined
  readonly definition?: string | undefined
  /** Ids of the sealing keys that its grant and token are sealed for: those keys must stay. */
  readonly keyIds?: readonly string[] | undefined
  /** Whose account it is, where the connector's `identity` declares how to read its name. */
  readonly account?: { readonly name: string } | undefined
  /** Space-separated, as granted; absent where the provider does not tell. */
  readonly scope?: string | undefined
  /** Space-separated: asked for by an authorization and not granted. */
  readonly missingScope?: string | undefined
  /** What a person should know although it works, and what will stop it by itself; each a sentence. */
  readonly warnings?: readonly string[] | undefined
  /** Authorizations that wait for their callback. */
  readonly authorizations?: number | undefined
  /** For a revoked connection: whether the provider was told. */
  readonly revocation?: Revocation | undefined
  /** Success answers of the token endpoint that could not be read: kept, sealed, until one is. */
  readonly keptAnswers?: number | undefined
  readonly failure?:
    | {
        readonly code: string
        readonly message: string
        readonly sinceMs: number
        readonly count: number
      }
    | undefined
  readonly counts: {
    readonly refreshRequests: number
    readonly leases: number
    /** Messages that did not read well; absent: none. */
    readonly refusedMessages?: number | undefined
  }
}
