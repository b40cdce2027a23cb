import type { Actor } from './actor.js'
import type { ConnectionDetails } from './connection-details.js'

/** How a connection can be. */
export const TOKEN_STATUSES = [
  'pending',
  'active',
  'degraded',
  'needs_reauth',
  'misconfigured',
  'rejected',
  'paused',
  'revoked',
] as const

/** How a connection is. */
export type TokenStatus = (typeof TOKEN_STATUSES)[number]

/**
 * In these states tokens are renewed, so that visibility is told the end of one once a day at most: what it has is
 * never later than the end. In any other state it has the end itself.
 */
export const RENEWED_STATUSES: readonly TokenStatus[] = ['active', 'paused']

/** Why a token request was sent. */
export const TOKEN_CAUSES = [
  'soft',
  'hard',
  'no_token',
  'longer_validity',
  'on_demand',
  'keep_alive',
  'idle',
  'rejected',
  'after_a_failure',
  'operator',
  'definition_changed',
  'sealing_key_missing',
  'connect',
  'rotate',
  'other',
] as const
export type TokenCause = (typeof TOKEN_CAUSES)[number]

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
  /** How often it happened, where repetitions are counted in one event: refused messages. */
  readonly times?: number | undefined
  /** When it happened last, where `times` is above 1. */
  readonly lastAtMs?: number | undefined
  /** Who asked for it, as the sender claims; absent: nobody, or nobody who said a name. */
  readonly by?: Actor | undefined
  /** It belongs to the daily round, and is kept apart from what matters. */
  readonly routine?: true | undefined
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
  | 'refresh_asked'
  | 'updated'
  | 'verified'
  | 'resealed'
  | 'removed'

/** `pending`: the provider is being told. `unsupported`: its kind of authentication has no way to. */
export type Revocation =
  | { readonly outcome: 'pending' | 'revoked' | 'unsupported' }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }

/** What is left of a connection that was removed: the result of its token workflow. */
export interface RemovedConnection {
  /** What came of telling the provider; absent: there was nothing to tell. */
  readonly revocation?: Revocation | undefined
}

/** A flow that has got a lease by asking for one. */
export interface LeaseHolder {
  readonly workflowId: string
  readonly generation: number
  readonly atMs: number
}

/** How the upstream refused the credential last, since when, and how often it was looked at again. */
export interface UpstreamRefusal {
  readonly status: number
  readonly endpoint: string
  readonly sinceMs: number
  readonly count: number
}

/** What ends by itself within 30 days, unless a person does something before. */
export interface ComingEnd {
  readonly what: 'client_secret_ends' | 'grant_ends' | 'grant_unused'
  readonly endsAtMs: number
}

/** The answer of the query `tokenkeeper.status`. */
export interface ConnectionStatus extends ConnectionDetails {
  readonly connection: string
  readonly status: TokenStatus
  readonly reason?: ReauthReason | undefined
  readonly sinceMs: number
  /** What it would be if it were not `paused`. */
  readonly beneath?: TokenStatus | undefined
  /** What it becomes when its token ends, unless somebody does something before. */
  readonly afterExpiry?: 'needs_reauth' | 'misconfigured' | undefined
  readonly generation: number
  readonly issuedAtMs?: number | undefined
  /** When the current token dies; absent for static credentials and unknown lifetimes. */
  readonly expiresAtMs?: number | undefined
  /** Absent: none is planned, for example where it is refreshed when somebody asks. */
  readonly nextRefreshAtMs?: number | undefined
  /** Nobody has asked for a lease since: it is refreshed once a day, and at once when somebody asks. */
  readonly unusedSinceMs?: number | undefined
  /** Nothing replaces the token ahead of its end before somebody asks: that it ends is on purpose. */
  readonly mayEnd?: true | undefined
  /** When what failed, or was refused, is tried again by itself. */
  readonly retryAtMs?: number | undefined
  /** How many flows wait, and the workflow ids of the first 20 of them. */
  readonly waiting: number
  readonly waitingFlows: readonly string[]
  /** The last 20 flows that hold a lease of this generation, which they asked for; what activities look up is not among them. */
  readonly leaseHolders?: readonly LeaseHolder[] | undefined
  readonly kind?: string | undefined
  readonly definition?: string | undefined
  /** Its changes are reported to the destinations of notices. */
  readonly notices?: true | undefined
  /** Whether a person connects it in a browser. */
  readonly authorizes?: boolean | undefined
  /** Whether its kind gets new tokens by itself. */
  readonly refreshes?: boolean | undefined
  /** Whether its connector names an endpoint that `verify` can ask. */
  readonly verifies?: boolean | undefined
  /** No keeper worker has this connector: in words, with those that it has. */
  readonly unknownConnector?: string | undefined
  /** Accounts of the same connector, where no account was named and `default` is meant: was one of them meant? */
  readonly otherAccounts?: readonly string[] | undefined
  /** The upstream refuses a credential that is new, or not known to be bad. */
  readonly refused?: UpstreamRefusal | undefined
  /** Ids of the sealing keys that what it holds is sealed for: those keys must stay. */
  readonly keyIds?: readonly string[] | undefined
  /** It was removed: its token workflow ends once the provider has been told. */
  readonly removing?: true | undefined
  /** Whose account it is, where the connector's `identity` declares how to read its name. */
  readonly account?: { readonly name: string } | undefined
  /** Space-separated, as granted; absent where the provider does not tell. */
  readonly scope?: string | undefined
  /** Space-separated: asked for by an authorization and not granted. */
  readonly missingScope?: string | undefined
  /** What ends within 30 days; absent: nothing that is known. */
  readonly comingEnds?: readonly ComingEnd[] | undefined
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
