import type { AuthorizationUrlInput } from './authorization.js'
import type { ConnectFormResult } from './connect-form.js'
import type { ConnectorFacts } from './connector-facts.js'
import type { AuthKindName, AuthorizationSource, CredentialSource } from './credential.js'
import type { TokenCause } from './token-status.js'
import type { NoticeActivities } from './notice-activities.js'
import type { ResealInput, ResealResult, Sealed } from './sealed.js'

export interface DescribeInput {
  readonly connection: string
  /** It has no credential, and none is on its way: was another account meant? */
  readonly pending?: true | undefined
}
export type DescribeResult = {
  readonly searchAttributes: readonly string[]
  /** Accounts of the same connector, where a pending connection is the account that is meant where none is named. */
  readonly otherAccounts?: readonly string[] | undefined
  /** How long the ids of workflows may be on this cluster, in bytes; absent: no keeper has reported it. */
  readonly maxIdBytes?: number | undefined
  /** The keeper has destinations for notices, so that changes are reported to them. */
  readonly notices?: true | undefined
} & (
  | { readonly outcome: 'known'; readonly facts: ConnectorFacts }
  | { readonly outcome: 'unknown'; readonly message: string }
)

export interface PrepareInput {
  readonly connection: string
  readonly source: CredentialSource | AuthorizationSource
  /** The grant of before: values of variables that an authorization does not bring stay. */
  readonly previous?: Sealed | undefined
  /** Length of the run's history when the message was received; absent: by a run before. */
  readonly receivedAt?: number | undefined
  /** As in {@link MintInput}. */
  readonly carriedRunId?: string | undefined
  /** What the marks of the connection's earlier credentials were made with. */
  readonly markKey?: Sealed | undefined
  /** The connector has to be described as well: the answer brings that along, which saves an activity. */
  readonly describes?: true | undefined
}
/** Opens or resolves what an operator gave, checks it against the kind, and seals it as a grant. No network. */
export type PrepareResult = {
  /** What `describe` would have told, where it was asked for. */
  readonly description?: DescribeResult | undefined
} & (
  | {
      readonly outcome: 'prepared'
      readonly grant: Sealed
      readonly grantFingerprint: string
      /** Absent where a reset may have sent the message again: then it proves nothing of this run. */
      readonly runId?: string | undefined
      /** A keyed digest of what was given: the same credential has the same mark. Absent for codes of authorizations. */
      readonly mark?: string | undefined
      /** In place of the one that came in: sealed with the newest key. */
      readonly markKey?: Sealed | undefined
      /** The mark key is a new one: no earlier mark can be compared. */
      readonly marksAnew?: true | undefined
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
)

/** Attempt n with the grant f, written into the workflow's state (and so history) before the try. */
export interface MintInput {
  readonly connection: string
  readonly grant: Sealed
  readonly attempt: number
  /** The one that the connection has now, and why a token is asked for, in a word: for whoever watches. */
  readonly generation?: number | undefined
  readonly cause?: TokenCause | undefined
  /** What earlier tries with this grant leave open. */
  readonly prior: 'clean' | 'tainted' | 'ambiguous'
  /** The run that recorded the last result; absent right after the start of a run. */
  readonly knownRunId?: string | undefined
  /** What `knownRunId` was at the end of the run before. */
  readonly carriedRunId?: string | undefined
  /** The lifetime of the token before, for answers that name none. */
  readonly previousLifetimeMs?: number | undefined
  /** The upstream refuses the current token, so that its session is not kept alive but replaced. */
  readonly rejected?: true | undefined
  /** Marks of the account that the connection had before. */
  readonly knownAccount?: readonly string[] | undefined
  /** Success answers to this grant that could not be read before, newest first: read again before anything is sent. */
  readonly kept?: readonly Sealed[] | undefined
  /** Nothing is sent: only what is kept is read. */
  readonly onlyKept?: true | undefined
  /** Is handed back where it is to be sealed with a newer key. */
  readonly markKey?: Sealed | undefined
}

/** A lifetime that is taken as unknown. `too_short`: below a second. `implausible`: zero, negative, above a hundred years, or of no known form. */
export type LifetimeNote = 'too_short' | 'implausible'

/** A token, sealed, with its dates by the Temporal server's clock, as the worker that asked for it can tell it. */
export interface MintedToken {
  readonly token: Sealed
  /** What to get the next one with; the old grant is kept where the answer brought none. */
  readonly grant: Sealed
  readonly grantFingerprint: string
  /** The answer brought another grant: the one that was sent is used up, where the kind's grants are. */
  readonly rotated?: true | undefined
  /** In place of the one that came in. */
  readonly markKey?: Sealed | undefined
  /** Before the request was sent. */
  readonly sentAtMs: number
  readonly answeredAtMs: number
  /** Absent: unknown or unlimited. */
  readonly lifetimeMs?: number | undefined
  readonly lifetimeNote?: LifetimeNote | undefined
  readonly refreshTokenLifetimeMs?: number | undefined
  /** How long before this try the token was issued: read from an answer that was kept. */
  readonly ageMs?: number | undefined
  /** The answer, where a part of it that may be the next grant could not be read. */
  readonly kept?: Sealed | undefined
  readonly definition: string
  /** The kind of the definition that was used. */
  readonly kind?: AuthKindName | undefined
  /** Space-separated, as granted. */
  readonly scope?: string | undefined
  /** Space-separated: asked for and not granted. */
  readonly missingScope?: string | undefined
  /** Whose account the token is of, where the provider says so. */
  readonly account?: AccountMark | undefined
  /** What a person should know although it works. */
  readonly warnings?: readonly string[] | undefined
}

/** Tells accounts apart without naming them: subjects are personal data. */
export interface AccountMark {
  /** A keyed hash of the subject, with where it is from and the id of the key. */
  readonly mark: string
  /** Whether it is the account of a mark that was known; absent where none can be compared. */
  readonly same?: boolean | undefined
}

/** The rows of the outcome table: `src/auth/oauth2/classify-outcome.ts`. */
export type MintFailureClass =
  | 'not_sent'
  | 'throttled'
  | 'server_error'
  | 'firewall'
  | 'ambiguous'
  | 'invalid_grant'
  | 'misconfigured'

/** Why there is no token. */
export interface MintFailure {
  readonly outcome: 'failed'
  readonly class: MintFailureClass
  /** `invalid_client`, `http_503`, `ECONNRESET` ...: from a closed or filtered list, never free text of the provider. */
  readonly code: string
  readonly message: string
  readonly retryAfterMs?: number | undefined
  /** See `MintRefused`. */
  readonly probe?: 'never' | undefined
  /** A success answer that could not be read and may have used up the grant. */
  readonly kept?: Sealed | undefined
  readonly definition: string
}

/** A token request that brought no token, in the history of a token workflow. */
export type FailedMint = Extract<MintResult, { outcome: 'failed' }>

export type MintResult = { readonly runId: string } & (
  ({ readonly outcome: 'minted' } & MintedToken) | MintFailure | { readonly outcome: 'rolled_back' }
)

export interface VerifyInput {
  readonly connection: string
  readonly token: Sealed
  /** Marks of the account that the connection had before. */
  readonly knownAccount?: readonly string[] | undefined
}
/** `unknown`: the endpoint could not be asked (network, 5xx, throttled); nothing is known of the credential. */
export interface VerifyResult {
  readonly outcome: 'accepted' | 'refused' | 'unknown'
  readonly code?: string | undefined
  readonly message?: string | undefined
  /** `false`, for `unknown`: asking again does not help. */
  readonly again?: boolean | undefined
  /** For `unknown`: how long the upstream asks to wait, in milliseconds, as far as `limits.maxWaitMs` allows. */
  readonly retryAfterMs?: number | undefined
  /** Whose account it is, where the connector's `identity` says how to read it. */
  readonly account?: AccountMark | undefined
  /** Its name for people, likewise. */
  readonly name?: string | undefined
}

export type AuthorizationUrlResult =
  | {
      readonly outcome: 'made'
      readonly url: string
      /** What `iss` of the answer must be (RFC 9207); `required` where the provider promises to send it. */
      readonly issuer?: { readonly value: string; readonly required: boolean } | undefined
      /** The name of the parameter that brings the code, where it is not `code`. */
      readonly codeParameter?: string | undefined
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }

export interface RevokeInput {
  readonly connection: string
  readonly grant?: Sealed | undefined
  readonly token?: Sealed | undefined
}
/** `unsupported`: the definition names no way to revoke. `code` as in {@link MintResult}. */
export type RevokeResult =
  | { readonly outcome: 'revoked' | 'unsupported' }
  | {
      readonly outcome: 'failed'
      readonly code: string
      readonly message: string
      /** How long the provider asks to wait before the next try. */
      readonly retryAfterMs?: number | undefined
    }

export interface ConnectFormInput {
  readonly connection: string
}

/**
 * What comes of a request to a provider whose connector has no slot for it: nothing was done, and it is asked for again
 * soon. The proxies of the token workflow do so; nobody else meets it.
 */
export interface Postponed {
  readonly outcome: 'postponed'
}

/** Activities of the token workflow. They run on the keeper worker's task queue only. */
export interface TokenActivities extends Pick<NoticeActivities, 'tokenkeeper.notify'> {
  'tokenkeeper.describe': (input: DescribeInput) => Promise<DescribeResult>
  'tokenkeeper.prepare': (input: PrepareInput) => Promise<PrepareResult>
  'tokenkeeper.mint': (input: MintInput) => Promise<MintResult>
  'tokenkeeper.verify': (input: VerifyInput) => Promise<VerifyResult>
  'tokenkeeper.authorization-url': (input: AuthorizationUrlInput) => Promise<AuthorizationUrlResult>
  /** How a person gives the credential: labels and fields for a page. No network. */
  'tokenkeeper.connect-form': (input: ConnectFormInput) => Promise<ConnectFormResult>
  /** Tells the provider that the grant is no longer wanted: one try. */
  'tokenkeeper.revoke': (input: RevokeInput) => Promise<RevokeResult>
  'tokenkeeper.reseal': (input: ResealInput) => Promise<ResealResult>
}
