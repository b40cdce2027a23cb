import type {
  AuthKind,
  AuthorizationSource,
  CredentialSource,
} from '../../src/contract/credential.js'
import type { LeaseRequest } from '../../src/contract/messages.js'
import type { Sealed } from '../../src/contract/sealed.js'
import type {
  AccountMark,
  ConnectorFacts,
  LifetimeNote,
  MintFailureClass,
} from '../../src/contract/token-activities.js'
import type {
  Revocation,
  StoryEvent,
  TokenStatus,
} from '../../src/contract/token-status.js'
import type { Account } from './account.js'
import type { Authorization } from './authorizations.js'
import type { Doubt } from './doubt.js'
import type { GivenCredential } from './given-credentials.js'
import type { Granted } from './granted.js'
import type { KeptAnswer } from './kept-answers.js'
import { type Health, startHealth } from './parts/health.js'
import type { ReleasePace } from './release-pace.js'
import type { Prior } from './refresh-outcomes.js'
import type { Ending } from './revocation.js'

/** The token that is served. */
export interface HeldToken {
  readonly sealed: Sealed
  /** The kind of authentication that it was got with. */
  readonly kind?: AuthKind
  readonly issuedAtMs: number
  /** Absent: unknown or unlimited. */
  readonly lifetimeMs?: number
  readonly softAtMs?: number
  readonly hardAtMs?: number
  readonly expiresAtMs?: number
}

/** A request that waits, with what the state was when it came. */
export interface Waiter extends LeaseRequest {
  readonly atGeneration: number
  /** Token requests that had ended when it came. */
  readonly atTries: number
  /** When it was asked last. */
  askedAtMs: number
  /** The generation that its flow was refused with. */
  readonly refusedGeneration?: number
  /** The upstream refuses this one request, and takes others. */
  readonly denied?: { readonly status: number; readonly endpoint?: string }
  /** The status that the asker was told of. */
  told?: TokenStatus
}

/** A credential that an operator gave and that is not current yet. */
export interface Rotation {
  readonly id: string
  readonly as: 'connect' | 'rotate'
  readonly source: CredentialSource | AuthorizationSource
  /** Length of the run's history when it was received; absent: by a run before. */
  readonly receivedAt?: number
  readonly tries: number
  readonly retryAtMs?: number
  readonly prior: Prior
  /** As in {@link TokenSnapshot}. */
  readonly openSinceMs?: number
  readonly grant?: Sealed
  /** Nothing is sent for it: only a kept answer is read. */
  readonly onlyKept?: true
  /** Of the credential, to know it again. */
  readonly mark?: string
  readonly minted?: {
    readonly token: HeldToken
    readonly grant: Sealed
    readonly runId: string
    readonly refreshTokenLifetimeMs?: number
    readonly lifetimeNote?: LifetimeNote
    readonly granted?: Granted
    readonly account?: AccountMark
  }
}

/** Failed token requests since the last good one. */
export interface Failing {
  readonly class: MintFailureClass
  readonly code: string
  readonly message: string
  readonly sinceMs: number
  readonly count: number
  readonly sameClass: number
  /** Answers in a row that refused the request itself. */
  readonly refusals: number
}

/** The whole state of a token workflow as plain JSON: what continue-as-new carries. */
export interface TokenSnapshot {
  readonly connection: string
  /** Names the token workflow through continue-as-new and reset. */
  line?: string
  health: Health
  facts?: ConnectorFacts
  unknownConnector?: string
  /** Of a pending connection that names no account: those that its connector has. */
  otherAccounts?: readonly string[]
  describeNeeded: boolean
  searchAttributes: readonly string[]
  /** How long the ids of workflows may be on this cluster, in bytes; absent: no keeper has told yet. */
  maxIdBytes?: number
  generation: number
  highestGeneration: number
  grant?: Sealed
  /** Success answers that could not be read, oldest first: at most three, of at most 30 KB each. */
  keptAnswers?: readonly KeptAnswer[]
  token?: HeldToken
  prior: Prior
  /** When the first try was sent that may have used up the grant: what a later one brings may be as old. */
  openSinceMs?: number
  /** What was odd about the lifetime of the last token. */
  lifetimeNote?: LifetimeNote
  /** Number of the next try with the current grant. */
  attempt: number
  /** Token requests that ended, whatever came. */
  tries: number
  failing?: Failing
  retryAtMs?: number
  lastMintAtMs?: number
  /** The last token requests, where the provider limits how many there may be. */
  requestedAtMs?: readonly number[]
  /** When somebody last gave a credential that worked. */
  authorizedAtMs?: number
  /** When the grant ends, as the last token answer said. */
  grantEndsAtMs?: number
  /** Codes of the warnings that have been told. */
  warned?: readonly string[]
  /** Why a token request is due now, where neither time nor waiters say so. */
  forced?: string
  /** The current generation was reported as refused, and a verification or refresh is due. */
  rejectedGeneration?: number
  /** The upstream refuses the credential, and it is not known yet what that means. */
  doubt?: Doubt
  waiters: Waiter[]
  /** How fast parked flows go on; absent: all at once. */
  release?: ReleasePace
  rotations: Rotation[]
  /** Whose account it is, as far as it is known. */
  account?: Account
  granted?: Granted
  /** Credentials that have worked, oldest first, and what their marks are made with. */
  given?: readonly GivenCredential[]
  markKey?: Sealed
  /** Revoked, and the provider is being told. */
  ending?: Ending
  /** Grants that nobody holds, of which the provider is to be told: at most five. */
  leftovers?: readonly Ending[]
  revocation?: Revocation
  /** Oldest first. */
  authorizations?: readonly Authorization[]
  story: StoryEvent[]
  counts: { refreshRequests: number; leases: number; refusedMessages?: number }
}

export function createSnapshot(connection: string, nowMs: number): TokenSnapshot {
  return {
    connection,
    health: startHealth(nowMs),
    describeNeeded: true,
    searchAttributes: [],
    generation: 0,
    highestGeneration: 0,
    prior: 'clean',
    attempt: 1,
    tries: 0,
    waiters: [],
    rotations: [],
    story: [{ atMs: nowMs, event: 'started' }],
    counts: { refreshRequests: 0, leases: 0 },
  }
}
