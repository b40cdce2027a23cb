import type { Actor } from './actor.js'
import type { DetailsChange } from './connection-details.js'
import type { CredentialSource } from './credential.js'
import type { Lease } from './lease.js'
import type { ConnectionStatus, ReauthReason, TokenStatus } from './token-status.js'

/** Names of the messages of a token workflow. Payload shapes are beside them below. */
export const TOKEN_SIGNALS = {
  lease: 'tokenkeeper.lease',
  cancelLease: 'tokenkeeper.cancel-lease',
  rotate: 'tokenkeeper.rotate',
  refresh: 'tokenkeeper.refresh',
  pause: 'tokenkeeper.pause',
  resume: 'tokenkeeper.resume',
  revoke: 'tokenkeeper.revoke',
  definition: 'tokenkeeper.definition',
} as const

/**
 * The message of a query that was refused by a worker which has just started; the same query is answered a
 * moment later (`refuseStaleActivations` says why).
 */
export const ASK_AGAIN =
  'what is new to this workflow came with a query, without a workflow task and without its time; it comes again with one, so ask again'

/** Updates answer with a {@link CommandResult}; they are for operators and onboarding. */
export const TOKEN_UPDATES = {
  /** {@link GivenCredential}; also the way to re-authorise. Waits for the first token. */
  connect: 'tokenkeeper.connect-update',
  /** {@link GivenCredential} */
  rotate: 'tokenkeeper.rotate-update',
  /** BeginAuthorization; answers with a BeginAuthorizationResult. */
  beginAuthorization: 'tokenkeeper.begin-authorization-update',
  /** CompleteAuthorization; also the way to re-authorise. Waits for the first token. */
  completeAuthorization: 'tokenkeeper.complete-authorization-update',
  /** {@link ChangeDetails}: what is said of the connection. */
  details: 'tokenkeeper.details-update',
  /** No argument; answers with a ConnectFormResult. */
  connectForm: 'tokenkeeper.connect-form-update',
  /** ConnectLinkUse; answers with a ConnectLinkResult. */
  connectLink: 'tokenkeeper.connect-link-update',
  /** Takes {@link Asked}, as the updates below do. Waits for one answer of the provider. */
  refresh: 'tokenkeeper.refresh-update',
  /** Answers with what the verify endpoint says. */
  verify: 'tokenkeeper.verify-update',
  /** Seals with the newest key what the connection holds. */
  reseal: 'tokenkeeper.reseal-update',
  /** {@link Asked} with the name of the `connection`: revokes, and ends the token workflow. */
  remove: 'tokenkeeper.remove-update',
} as const

export const TOKEN_QUERIES = {
  /** () => ConnectionStatus */
  status: 'tokenkeeper.status',
  /** () => StoryEvent[] */
  story: 'tokenkeeper.story',
  /** (nowMs?: number) => CurrentLease: for code inside activities; costs no events. */
  lease: 'tokenkeeper.current-lease',
} as const

/** The one signal that a token workflow sends to a flow. */
export const FLOW_REPLY_SIGNAL = 'tokenkeeper.reply'

export interface LeaseRequest {
  readonly requestId: string
  /** Workflow id of the asker. */
  readonly replyTo: string
  readonly minValidityMs: number
  /** How long it waits between two times of asking; absent: an hour at most. */
  readonly askAgainMs?: number | undefined
  /** The highest generation that the asker has seen. */
  readonly knownGeneration?: number | undefined
  /** The {@link Lease.firstExecutionRunId} of the lease that had it. */
  readonly knownFirstExecutionRunId?: string | undefined
  readonly rejected?: RejectedGeneration | undefined
}

/** The last request of a connection that passed, as one worker saw it. */
export interface Passed {
  readonly generation: number
  readonly agoMs: number
}

export interface RejectedGeneration {
  readonly generation: number
  readonly status: number
  readonly endpoint?: string | undefined
  /** As the worker of the refused request saw it. */
  readonly passed?: Passed | undefined
  /** Who was refused, where nobody is to be answered: a workflow id. */
  readonly by?: string | undefined
  /** Nothing was sent, nobody refused it: the definition has another kind of authentication by now, or `keyId` is missing. */
  readonly outdated?: boolean | undefined
  /** The sealing key that a keeper worker lacks: the token does not open there. */
  readonly keyId?: string | undefined
}

export interface CancelLease {
  readonly requestId: string
}

export interface DefinitionNotice {
  readonly fingerprint: string
  /** The sealing keys that this worker has. */
  readonly keyIds?: readonly string[] | undefined
  /** Whether it has destinations of notices. */
  readonly notices?: boolean | undefined
}

export type LeaseReply =
  | { readonly requestId: string; readonly outcome: 'granted'; readonly lease: Lease }
  | {
      readonly requestId: string
      readonly outcome: 'denied'
      readonly code: 'ConnectionRevoked' | 'UnknownConnector' | 'FreshTokenRejected'
      readonly message: string
    }
  | {
      readonly requestId: string
      readonly outcome: 'waiting'
      readonly status: TokenStatus
      readonly reason?: ReauthReason | undefined
      readonly message: string
      /** The tokenkeeper search attributes that the namespace has: upserting another would stall the flow. */
      readonly searchAttributes: readonly string[]
      /** More flows wait than are remembered: this one is not, and asks again after so long. */
      readonly askAgainMs?: number | undefined
    }

/** The answer of the query `tokenkeeper.current-lease`. */
export type CurrentLease =
  | {
      readonly outcome: 'granted'
      readonly lease: Lease
      /**
       * Whoever uses the lease from this moment on tells it by a request that nobody waits for: a connection that
       * nobody uses is refreshed seldom. Milliseconds by the server's clock; absent: it makes no difference.
       */
      readonly tellUseFromMs?: number | undefined
    }
  | {
      readonly outcome: 'unavailable'
      readonly status: TokenStatus
      readonly generation: number
      readonly message: string
    }

/** What the verify endpoint of a connector says of a credential; `unknown`: it could not be asked, or its answer does not show it. */
export interface Verification {
  readonly outcome: 'accepted' | 'refused' | 'unknown'
  readonly code?: string | undefined
  /** Why, and what to do next. */
  readonly message?: string | undefined
}

export type CommandResult =
  | {
      readonly outcome: 'done'
      readonly status: ConnectionStatus
      /** The connection was connected with this credential already: nothing was changed. */
      readonly unchanged?: true | undefined
      /** After `verify`: what its endpoint says. */
      readonly verified?: Verification | undefined
    }
  | {
      readonly outcome: 'refused'
      readonly code: string
      readonly message: string
      readonly status: ConnectionStatus
    }

/** The argument of the signals refresh, pause, resume and revoke, which may also be left out. */
export interface Asked {
  readonly actor?: Actor | undefined
}

/** A credential as `connect` and `rotate` take it. */
export type GivenCredential = CredentialSource &
  Asked & {
    /** What is said of the connection from then on. */
    readonly details?: DetailsChange | undefined
  }

/** The argument of `tokenkeeper.details-update`. */
export interface ChangeDetails extends Asked {
  readonly change: DetailsChange
}

export type OperatorCommand = 'refresh' | 'pause' | 'resume' | 'revoke'
